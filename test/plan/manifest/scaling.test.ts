import { expect, test } from 'vitest'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

/** What `count` says of the service `web`, which has a port. */
const counts: Record<string, [count: string, problems: string[]]> = {
  'a range that ends before it begins': [
    '{ range: 5-2, cpu_percentage: 70 }',
    ['3:47  services.web.count.range  begins at 5 and ends at 2: at least is more than at most'],
  ],
  'a range without an end': [
    '{ range: { min: 2 }, cpu_percentage: 70 }',
    ['3:40  services.web.count.range  needs max: how many tasks may run at most'],
  ],
  'a range that nothing scales': [
    '{ range: 1-3 }',
    [
      '3:47  services.web.count.range  nothing scales it; add cpu_percentage, requests, idle, schedule or another reason',
    ],
  ],
  'a range from none that nothing brings back': [
    '{ range: 0-3, requests: 10 }',
    [
      '3:47  services.web.count.range  from none it would never come back: no task, no measurement; add idle, a schedule or a step, or begin at 1',
    ],
  ],
  'idleness that the range does not allow': [
    '{ range: 1-3, idle: 30m }',
    ['3:58  services.web.count.idle  brings it to none, but the range begins at 1; let it begin at 0'],
  ],
  'idleness of part of a minute': [
    '{ range: 0-1, idle: 90s }',
    ['3:58  services.web.count.idle  must be whole minutes, from 2m to 24h: an alarm looks at minutes'],
  ],
  'a schedule that is none, and a time zone that there is not': [
    '{ range: 1-3, schedule: [{ when: cron(0 8 * * MON-FRI *), range: 1-3 }, { when: rate(2 days), range: 3-1 }], timezone: Europe/Bonn }',
    [
      '3:71  services.web.count.schedule[0].when  one of day and weekday, and only one, has to be ?',
      '3:139  services.web.count.schedule[1].range  begins at 3 and ends at 1: at least is more than at most',
      '3:157  services.web.count.timezone  there is no time zone Europe/Bonn',
    ],
  ],
  'a time zone of nothing': [
    '{ range: 1-3, requests: 10, timezone: Europe/Berlin }',
    ['3:76  services.web.count.timezone  is for a schedule, and there is none'],
  ],
  'a message that may wait for less than its work': [
    '{ range: 1-3, queue_delay: { queue: videos, acceptable_latency: 1s, msg_processing_time: 90s } }',
    ['3:102  services.web.count.queue_delay.acceptable_latency  is shorter than the work on a single message'],
  ],
  'steps without a bound, with two changes, and of two kinds': [
    '{ range: 1-3, step: { s: { metric: { namespace: a, name: b }, steps: [{ add: 1 }, { from: 1, add: 1, set: 2 }, { from: 2, set: 3 }, { from: 3, add: 1 }] } } }',
    [
      '3:100  services.web.count.step.s.steps  steps from a value all set a number, or all add and remove',
      '3:108  services.web.count.step.s.steps[0]  needs either from or below',
      '3:120  services.web.count.step.s.steps[1]  needs one of add, remove and set',
    ],
  ],
  'a time zone of a schedule that is wrong itself': [
    '{ range: 1-3, timezone: Europe/Berlin, schedule: [{ when: rate(1 day), range: 1-x }] }',
    ['3:116  services.web.count.schedule[0].range  expected a range such as 1-10, a number, or min or max'],
  ],
  'a time without its unit, and one that is none': [
    '{ range: 1-3, response_time: 2, queue_delay: { queue: q, acceptable_latency: 0, msg_processing_time: 0s } }',
    [
      '3:67  services.web.count.response_time  expected a time such as 500ms or 2s, or its value and cooldown',
      '3:139  services.web.count.queue_delay.msg_processing_time  expected a time such as 250ms, 1s or 2m',
    ],
  ],
  'steps that begin at the same value, and overlap': [
    '{ range: 1-3, step: { s: { metric: { namespace: a, name: b }, steps: [{ from: 1, add: 1 }, { from: 1, add: 2 }, { below: 5, remove: 1 }] } } }',
    [
      '3:100  services.web.count.step.s.steps  have the same value twice; each step goes on until the next one',
      '3:100  services.web.count.step.s.steps  overlap: between 1 and 5 tasks would be added and taken away in turn',
    ],
  ],
  'Spot from a number that is never reached': [
    '{ range: { min: 1, max: 3, spot_from: 4 }, requests: 10 }',
    ['3:76  services.web.count.range.spot_from  there are never more than 3 tasks'],
  ],
}

test.each(Object.entries(counts))('%s', (_name, [count, problems]) => {
  expect(problemsOf(serviceManifest(`{ image: { port: 80 }, count: ${count} }`))).toEqual(problems)
})

/** Settings of the service `web`. */
const services: Record<string, [settings: string, problems: string[]]> = {
  'what a load balancer measures, without one': [
    '{ count: { range: 1-3, requests: 10, response_time: 1s } }',
    [
      '3:41  services.web.count.requests  is measured by the load balancer, which does not lead to this service: give it a port and http',
      '3:60  services.web.count.response_time  is measured by the load balancer, which does not lead to this service: give it a port and http',
    ],
  ],
  'idleness that nothing can tell': [
    '{ count: { range: 0-1, idle: 30m } }',
    ['3:37  services.web.count.idle  nothing tells when there is work: it needs http or queue_delay'],
  ],
  'a share of a processor that is not reserved': [
    '{ compute: gpu, deployment: { rollback_alarms: { cpu_utilization: 90 } }, count: { range: 1-3, cpu_percentage: 70 } }',
    [
      '3:74  services.web.deployment.rollback_alarms.cpu_utilization  is a share of what the tasks reserve, and they reserve no processor; name it under cpu:',
      '3:119  services.web.count.cpu_percentage  is a share of what the tasks reserve, and they reserve no processor; name it under cpu:',
    ],
  ],
  'Spot said twice': [
    '{ spot: true, count: { spot: 5 } }',
    ['3:16  services.web.spot  either spot or count.spot, not both'],
  ],
  'more target groups than an alarm looks at': [
    '{ image: { port: 80 }, deployment: { strategy: blue_green }, http: { additional_rules: [{ path: /a }, { path: /b }, { path: /c }, { path: /d }] }, count: { range: 0-3, response_time: 1s, idle: 5m } }',
    [
      '3:191  services.web.count.response_time  takes 20 measurements of 10 target groups, and an alarm looks at 10: less additional_rules, or strategy: rolling',
      '3:201  services.web.count.idle  takes 11 measurements of 10 target groups, and an alarm looks at 10: less additional_rules, or strategy: rolling',
    ],
  ],
  'Fargate Spot on instances': [
    '{ compute: gpu, count: { range: { max: 3, spot_from: 2 }, memory_percentage: 70 } }',
    ['3:61  services.web.count.range.spot_from  is for Fargate'],
  ],
}

test.each(Object.entries(services))('%s', (_name, [settings, problems]) => {
  expect(problemsOf(serviceManifest(settings))).toEqual(problems)
})
