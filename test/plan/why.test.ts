import { expect, test } from 'vitest'
import type { Evidence, Run } from '../../src/plan/run.ts'
import { presentWhy, whyOf } from '../../src/plan/why.ts'

const run: Run = {
  id: '20261121T061203-4f2a',
  command: 'deploy',
  app: 'demo',
  environment: 'dev',
  region: 'us-east-1',
  local: false,
  who: 'me@here',
  began: '2026-11-21T06:12:03.000Z',
  ended: '2026-11-21T06:14:03.000Z',
  outcome: 'failed',
  exitCode: 1,
}
const error = { outcome: 'failed', message: 'demo-dev-web failed', hint: 'mend it', problems: [] } as const
const failed = (resource: string, reason: string, at: string): Evidence => ({
  kind: 'resource',
  stack: 'demo-dev-web',
  resource,
  type: 'AWS::X::Y',
  status: 'CREATE_FAILED',
  reason,
  at,
})
const task = (id: string, exitCode: number): Evidence => ({
  kind: 'task',
  service: 'web',
  task: id,
  stopCode: 'EssentialContainerExited',
  reason: 'Essential container in task exited',
  containers: [{ name: 'web', exitCode }],
})

test('tells the verdict, the last words of its task, counts, and what became of it', () => {
  const why = whyOf({ ...run, error }, [
    task('aaaaaaaa0', 1),
    { kind: 'lines', service: 'web', task: 'aaaaaaaa0', lines: ['half'] },
    { kind: 'lines', service: 'web', task: 'aaaaaaaa0', lines: ['half', 'whole'] },
    task('bbbbbbbb0', 1),
    { kind: 'lines', service: 'web', task: 'bbbbbbbb0', lines: ['other'] },
    task('cccccccc0', 137),
    { kind: 'verdict', service: 'web', cause: 'web did not stay up', advice: 'look', task: 'aaaaaaaa0' },
    failed('TaskService', 'Resource creation cancelled', '2026-11-21T06:13:00Z'),
    { kind: 'end', stack: 'demo-dev-web', status: 'DELETE_COMPLETE' },
    { kind: 'end', stack: 'demo', status: 'CREATE_COMPLETE' },
  ])
  expect(presentWhy(why).split('\n')).toEqual([
    'deploy of demo / dev, 2026-11-21 06:12 UTC: failed, exit code 1  (20261121T061203-4f2a)',
    '  web did not stay up',
    '  last lines of web (task aaaaaaaa)',
    '    half',
    '    whole',
    '  - 3 tasks of web stopped: exit code 1 (2 times), exit code 137',
    '  - demo-dev-web was taken away again',
    '',
    '  next: mend it',
  ])
})

test('tells the first resource that failed, not what was cancelled for it or failed later', () => {
  const why = whyOf({ ...run, error }, [
    failed('Late', 'rollback noise', '2026-11-21T06:13:09Z'),
    failed('Sibling', 'Resource creation cancelled', '2026-11-21T06:13:00Z'),
    failed('Root', 'limit exceeded', '2026-11-21T06:13:01Z'),
  ])
  expect([why.cause, why.lines]).toEqual(['demo-dev-web: Root (AWS::X::Y): limit exceeded', null])
})

test('tells of launches, targets and a service that could not place its tasks', () => {
  const { seen } = whyOf({ ...run, error }, [
    { kind: 'launch', service: 'model', zone: 'us-east-1b', message: 'first. Launching EC2 instance failed.' },
    { kind: 'launch', service: 'model', zone: 'us-east-1a', message: 'second. Launching EC2 instance failed.' },
    { kind: 'target', service: 'web', target: '10.0.0.1:80', state: 'unhealthy', reason: 'codes: [404]' },
    { kind: 'event', service: 'web', text: '(service web) has started 1 tasks' },
    { kind: 'event', service: 'web', text: '(service web) was unable to place a task' },
  ])
  expect(seen).toEqual([
    'targets of web were unhealthy: codes: [404]',
    '2 launches for model failed in us-east-1a, us-east-1b: second',
    'ECS on web: was unable to place a task',
  ])
})

test('an error that has nothing to do with resources is told as it was', () => {
  const message = 'The image of web could not be built\n    no such file'
  expect(whyOf({ ...run, error: { ...error, message } }, [])).toMatchObject({ cause: message, next: 'mend it' })
  const left = { ...error, outcome: 'timed-out', message: 'The time is over' } as const
  const noise = [failed('Root', 'limit exceeded', '2026-11-21T06:13:01Z')]
  expect(whyOf({ ...run, outcome: 'timed-out', error: left }, noise).cause).toBe('The time is over')
})

test('a run without an end says so, and how to go on', () => {
  const { outcome: _none, exitCode: _neither, ended: _nor, ...going } = run
  expect(whyOf(going, [])).toMatchObject({
    outcome: 'unfinished',
    exitCode: null,
    ended: null,
    cause: 'the deploy did not come to its end: img2vid was killed, or still runs',
    next: expect.stringContaining('img2vid watch'),
  })
  expect(whyOf(going, [task('aaaaaaaa0', 2)]).cause).toBe('a task of web ended: exit code 2')
})
