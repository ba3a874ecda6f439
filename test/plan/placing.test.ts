import { expect, test } from 'vitest'
import { placementVerdict, unplacedFor } from '../../src/plan/placing.ts'
import { problemsOf, serviceManifest } from '../support/problems.ts'

const start = Date.parse('2026-01-01T10:00:00Z')
const minute = (count: number) => new Date(start + count * 60_000)
const event = (at: number, text: string) => ({ at: minute(at), text: `(service web) ${text}` })
const unplaced = (why: string) =>
  `was unable to place a task because no container instance met all of its requirements. ${why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`
const closest = (why: string) => unplaced(`The closest matching (container-instance 0a1b) ${why}.`)
const constraint = closest('encountered error "MemberOf placement constraint unsatisfied."')

const started = (at: number) => event(at, 'has started 1 tasks: (task 1).')
const MEMBER_OF = 'MemberOf placement constraint unsatisfied'

test.each([
  [
    'what the closest instance lacks',
    [event(3, closest('has insufficient memory available'))],
    'the closest instance has insufficient memory available',
  ],
  ['the error in short', [event(9, constraint), started(8)], MEMBER_OF],
  [
    'that there are none',
    [event(1, unplaced('Reason: No Container Instances were found in your capacity provider.'))],
    'no container instance met all of its requirements',
  ],
  ['nothing once a task was started', [started(9), event(8, constraint)], undefined],
  ['nothing of before', [event(-1, constraint)], undefined],
])('tells %s', (_what, events, reason) => {
  expect(unplacedFor(events, minute(0))).toEqual(reason)
})

test.each([
  [MEMBER_OF, 'correct placement.constraints, which the instances do not meet'],
  [
    'the closest instance has insufficient memory available',
    'name larger types in instances, or let host.max_instances be more',
  ],
  ['no container instance met all of its requirements', 'look with img2vid status at the instances that there are'],
])('what to do when %s', (reason, advice) => {
  const cause = `web has no instance to run on: ${reason}`
  expect(placementVerdict('web', reason)).toEqual({ cause, advice, task: undefined })
})

const placed = (query: string) =>
  problemsOf(
    serviceManifest(`{ compute: ec2, instances: [c7i.large, m7i.large], placement: { constraints: ['${query}'] } }`),
  )

test.each([
  'attribute:ecs.instance-type =~ m7.*',
  'attribute:ecs.instance-type == c7i.large',
  'attribute:ecs.instance-type in [t3.small, m7i.large]',
  'attribute:ecs.instance-type =~ t3.* or attribute:colour == blue',
  'attribute:ecs.instance-type != c7i.large',
  'attribute:colour == blue',
])('takes %s', (query) => expect(placed(query)).toEqual([]))

test.each([
  ['attribute:ecs.instance-type == t3.small', ''],
  ['attribute:ecs.instance-type in [t3.small, t3.large]', ''],
  ['attribute:ecs.instance-type =~ m7*', '; a pattern is a regular expression for the whole type, such as g6.*'],
])('refuses %s, which no instance of the service is', (query, more) => {
  expect(placed(query).map((problem) => problem.replace(/^\S+ {2}/, ''))).toEqual([
    `services.web.placement.constraints[0]  is none of c7i.large, m7i.large${more}`,
  ])
})
