import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { LaneState } from '../../src/context.ts'
import { type Lane, laneLines } from '../../src/host/ui/lanes.ts'

const since = new Date(0)
const lane = (state: LaneState): Lane => ({ state, text: '', output: '', since, done: 0, moving: new Map() })
const stateOf = (index: number): LaneState =>
  index === 39 ? 'failed' : index === 40 ? 'running' : index <= 20 ? 'done' : 'waiting'
const lanes = new Map(Array.from({ length: 40 }, (_, index) => [`e${index + 1}`, lane(stateOf(index + 1))]))
const said = (rows?: number) =>
  laneLines(lanes, since, 80, rows).map((line) => stripVTControlCharacters(line).trim().split(/ {2,}/)[0])

test('what does not fit on the screen is counted; what fails and goes on is shown first', () => {
  expect(said(7)).toEqual([
    '· e21',
    '· e22',
    '· e23',
    '· e24',
    '✗ e39',
    '› e40',
    'and 34 more; of all: 1 failed, 1 running, 18 waiting, 20 done',
  ])
})

test('at the end all of them are shown', () => {
  expect(said()).toHaveLength(40)
})
