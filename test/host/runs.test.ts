import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskRuns } from '../../src/host/runs.ts'
import type { RunHead } from '../../src/plan/run.ts'
import { temporaryFolder } from '../support/folder.ts'

const head: RunHead = {
  command: 'deploy',
  app: 'demo',
  environment: 'dev',
  region: 'us-east-1',
  local: true,
  who: 'me@here',
}
const noTrouble = (message: string) => {
  throw new Error(message)
}

/** Each look at the clock is a second later. */
function runsOf(folder: string) {
  let seconds = 0
  const clock = { now: () => new Date(Date.UTC(2026, 10, 21, 6, 12, seconds++)) }
  const runs = diskRuns(clock, { uuid: () => '4f2a0000-0000-4000-8000-000000000000' })
  return { runs, home: (id: string, file = '') => join(folder, '.img2vid/runs', id, file) }
}

test('keeps a run, private to its owner, not for git, and without secrets', async () => {
  const folder = temporaryFolder()
  const { runs, home } = runsOf(folder)
  const recording = runs.begin(folder, head, noTrouble)
  expect(recording.id).toBe('20261121T061200-4f2a')
  recording.keep({ kind: 'lines', service: 'web', task: 'one', lines: ['DB_PASSWORD=hunter2', 'gone'] })
  recording.end({
    outcome: 'failed',
    exitCode: 1,
    error: { outcome: 'failed', message: 'no: redis://:hunter2@cache', hint: null, problems: [] },
  })

  const [run, ...others] = await runs.list(folder)
  expect(others).toEqual([])
  expect(run).toEqual({
    id: '20261121T061200-4f2a',
    ...head,
    began: '2026-11-21T06:12:00.000Z',
    ended: '2026-11-21T06:12:02.000Z',
    outcome: 'failed',
    exitCode: 1,
    error: { outcome: 'failed', message: 'no: redis://:[removed]@cache', hint: null, problems: [] },
  })
  expect(await runs.evidence(folder, recording.id)).toEqual([
    {
      at: '2026-11-21T06:12:01.000Z',
      kind: 'lines',
      service: 'web',
      task: 'one',
      lines: ['DB_PASSWORD=[removed]', 'gone'],
    },
  ])
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
  expect([
    mode(join(folder, '.img2vid')),
    mode(home(recording.id)),
    mode(home(recording.id, 'run.json')),
    mode(home(recording.id, 'evidence.ndjson')),
    readFileSync(join(folder, '.img2vid/.gitignore'), 'utf8'),
  ]).toEqual(['700', '700', '600', '600', '*\n'])
})

test('what a killed command had written can be read', async () => {
  const folder = temporaryFolder()
  const { runs, home } = runsOf(folder)
  const { id, keep } = runs.begin(folder, head, noTrouble)
  keep({ kind: 'event', service: 'web', text: 'unable to place a task' })
  appendFileSync(home(id, 'evidence.ndjson'), '{"kind":"event","serv')
  expect(await runs.list(folder)).toEqual([{ id, ...head, began: '2026-11-21T06:12:00.000Z' }])
  expect(await runs.evidence(folder, id)).toMatchObject([{ kind: 'event', text: 'unable to place a task' }])
})

test('keeps the newest fifty runs, and leaves alone what is none of its own', async () => {
  const folder = temporaryFolder()
  const { runs } = runsOf(folder)
  mkdirSync(join(folder, '.img2vid/runs/notes'), { recursive: true })
  const ids = Array.from({ length: 53 }, () => runs.begin(folder, head, noTrouble).id)
  expect(readdirSync(join(folder, '.img2vid/runs')).sort()).toEqual([...ids.slice(3), 'notes'])
  expect((await runs.list(folder)).map(({ id }) => id)).toEqual(ids.slice(3).reverse())
})

test('is bounded, and says where it ends', async () => {
  const folder = temporaryFolder()
  const { runs, home } = runsOf(folder)
  const { id, keep } = runs.begin(folder, head, noTrouble)
  for (let index = 0; index < 6_000; index++) keep({ kind: 'event', service: 'web', text: `${index}` })
  const kept = await runs.evidence(folder, id)
  expect([kept.length, kept.at(-1)?.kind]).toEqual([5_001, 'full'])

  const long = runs.begin(folder, head, noTrouble)
  const lines = Array.from({ length: 100 }, () => 'x'.repeat(10_000))
  for (let index = 0; index < 20; index++) long.keep({ kind: 'lines', service: 'web', task: `${index}`, lines })
  expect(statSync(home(long.id, 'evidence.ndjson')).size).toBeLessThan(2_500_000)
})

test('a disk that fails is told of once and fails nothing', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.img2vid'), 'a file where the folder should be')
  const { runs } = runsOf(folder)
  const troubles: string[] = []
  const recording = runs.begin(folder, head, (message) => troubles.push(message))
  recording.keep({ kind: 'event', service: 'web', text: 'lost' })
  recording.end({ outcome: 'done', exitCode: 0 })
  expect(troubles).toEqual([expect.stringContaining('EEXIST')])
  expect(await runs.list(folder)).toEqual([])
})

test('remembers how long things took, for all who come later, and forgives a broken file', () => {
  const folder = temporaryFolder()
  const { runs } = runsOf(folder)
  runs.begin(folder, head, noTrouble)
  expect(runs.durations(folder).last('us-east-1 update demo-dev')).toBeUndefined()
  runs.durations(folder).remember('us-east-1 update demo-dev', 42.5)
  runs.durations(folder).remember('us-east-1 create demo-dev', 90)
  expect(runsOf(folder).runs.durations(folder).last('us-east-1 update demo-dev')).toBe(42.5)
  const file = join(folder, '.img2vid/durations.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  writeFileSync(file, '{"us-east-1 update demo-dev": ')
  expect(runs.durations(folder).last('us-east-1 update demo-dev')).toBeUndefined()
  runs.durations(folder).remember('us-east-1 update demo-dev', 41)
  expect(runs.durations(folder).last('us-east-1 update demo-dev')).toBe(41)
})
