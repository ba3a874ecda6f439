import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { emptyRegion, emptyState, type State } from '../../src/emulator/state.ts'
import { deserialize, readState, serialize, stateSaver } from '../../src/emulator/store.ts'
import { temporaryFolder } from '../support/folder.ts'

/** A state with something in it that no emulator would mind. */
function stateWith(tags: Record<string, unknown>): State {
  const region = emptyRegion('us-east-1')
  const group = { name: 'a', creationTime: 1, streams: {}, tags: tags as Record<string, string> }
  return { ...emptyState(), regions: { 'us-east-1': { ...region, logs: { groups: { a: group } } } } }
}
const tagsOf = (state: State) => state.regions['us-east-1']?.logs.groups.a?.tags

test.each([
  ['dates', { at: new Date(1), deep: [{ at: new Date('2026-11-21T03:04:05.678Z') }] }],
  ['texts that look like dates', { at: '2026-11-21T03:04:05.678Z' }],
  [
    'names that the file uses itself',
    { $date: 'today', $entries: 'none', list: [{ $entries: [] }], more: { $date: { $date: new Date(5) } } },
  ],
  ['what is nothing', { none: null, empty: '', zero: 0, no: false, list: [], map: {} }],
  ['any text', { text: `\u0000\u2028"\\/\u{1F600}\n` }],
])('keeps %s', (_what, tags) => {
  expect(tagsOf(deserialize(serialize(stateWith(tags))))).toEqual(tags)
})

test('begins empty, and fills in the parts that an older version did not have', () => {
  const file = join(temporaryFolder(), 'state.json')
  expect(readState(file)).toEqual(emptyState())

  const { ssm: _, ...older } = emptyRegion('eu-west-1')
  writeFileSync(file, JSON.stringify({ ...emptyState(), regions: { 'eu-west-1': older } }))
  expect(Object.keys(readState(file).regions['eu-west-1']?.ssm ?? {})).toEqual(Object.keys(emptyRegion('a').ssm))
})

test('finds nothing under names that every object has', () => {
  const file = join(temporaryFolder(), 'state.json')
  stateSaver(file, stateWith({}), () => {}).flush()
  for (const state of [stateWith({}), readState(file), emptyState()]) {
    expect([state.iam.roles.constructor, state.regions['us-east-1']?.ecr.repositories.toString]).toEqual([
      undefined,
      undefined,
    ])
  }
})

test('refuses a file that it cannot read rather than begin anew', () => {
  const file = join(temporaryFolder(), 'state.json')
  writeFileSync(file, '{"iam": {')
  expect(() => readState(file)).toThrow(SyntaxError)
})

test('writes a moment after a change, once for many changes, and for its owner only', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const file = join(temporaryFolder(), 'new', 'state.json')
  const state = emptyState()
  const saver = stateSaver(file, state, () => {})
  saver.changed()
  state.regions['us-east-1'] = emptyRegion('us-east-1')
  saver.changed()
  expect(existsSync(file)).toBe(false)
  vi.runAllTimers()
  expect(readState(file)).toEqual(state)
  expect([statSync(file).mode & 0o777, statSync(join(file, '..')).mode & 0o777]).toEqual([0o600, 0o700])

  const written = statSync(file).ino
  saver.changed()
  vi.runAllTimers()
  expect(statSync(file).ino).toBe(written)
})

test('a disk that fails is reported, and written to again after the next change', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const file = join(temporaryFolder(), 'state.json')
  const reports: unknown[] = []
  const saver = stateSaver(file, emptyState(), (error) => reports.push((error as NodeJS.ErrnoException).code))
  mkdirSync(`${file}.new`)
  saver.changed()
  vi.runAllTimers()
  expect([reports, existsSync(file)]).toEqual([['EISDIR'], false])

  rmdirSync(`${file}.new`)
  saver.changed()
  vi.runAllTimers()
  expect([reports, deserialize(readFileSync(file, 'utf8'))]).toEqual([['EISDIR'], emptyState()])
})
