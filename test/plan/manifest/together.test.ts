import { expect, test } from 'vitest'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

/** Form and combinations in one go: settings of the service `web`, which begins at 3:8. */
const services: Record<string, [settings: string, problems: string[]]> = {
  'an unknown key hides nothing': [
    '{ cpu: 300, gpus: 1, colour: red }',
    [
      '3:15  services.web.cpu  300 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384',
      '3:26  services.web.gpus  Fargate has no GPUs; set compute: gpu, or leave it out',
      '3:29  services.web.colour  unknown',
    ],
  ],
  'a value of the wrong kind hides nothing': [
    '{ count: many, platform: linux/arm64, compute: gpu }',
    [
      '3:17  services.web.count  expected a number of tasks, or a group with a range',
      '3:33  services.web.platform  there is no GPU machine image for Arm; leave it linux/amd64',
    ],
  ],
  'nothing is said of what hangs on a wrong value': [
    '{ compute: gpuu, gpus: 1, instances: [g5.xlarge] }',
    ['3:19  services.web.compute  must be fargate, gpu, ec2, managed or external; did you mean gpu?'],
  ],
  'nothing is said of what hangs on a misspelt key': [
    '{ image: { prot: 80 }, http: { path: /api } }',
    ['3:19  services.web.image.prot  unknown; did you mean port?'],
  ],
  'what is said in its right place too is looked at': [
    '{ cpu: 300, memory: 512, memroy: 1024 }',
    [
      '3:15  services.web.cpu  300 is no Fargate size; valid with 512 MiB are 256',
      '3:33  services.web.memroy  unknown; did you mean memory?',
    ],
  ],
  'nothing is said of what hangs on a key in the wrong place': [
    '{ port: 80, http: { path: /api } }',
    ['3:10  services.web.port  unknown; did you mean image.port or nlb.port?'],
  ],
  'nothing is said of a list with a wrong item': [
    '{ compute: gpu, gpus: 4, instances: [g5.xlarge, 5] }',
    ['3:56  services.web.instances[1]  expected text'],
  ],
  'a group without what it needs hides nothing beside it': [
    '{ image: { port: 80, healthcheck: { interval: 5s } }, cpu: 5 }',
    [
      '3:29  services.web.image.healthcheck.command  is missing',
      '3:67  services.web.cpu  5 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384',
    ],
  ],
}

test.each(Object.entries(services))('%s', (_name, [settings, problems]) => {
  expect(problemsOf(serviceManifest(settings))).toEqual(problems)
})

test('a manifest without a name, with a wrong service name, and with wrong environments', () => {
  const yaml = `services:
  Web: { image: { port: 80 } }
  api: { image: { port: 81 }, gpus: 1 }
environments:
  prod:
    regoin: us-east-1
    services: { Web: { count: 2 }, api: { memory: 5 } }
`
  expect(problemsOf(yaml)).toEqual([
    '1:1  app  is missing',
    '2:3  services.Web  expected a name of lower-case letters, digits and single hyphens that begins with a letter, at most 40 long',
    '3:37  services.api.gpus  Fargate has no GPUs; set compute: gpu, or leave it out',
    '6:5  environments.prod.regoin  unknown; did you mean region?',
    '7:17  environments.prod.services.Web  expected a name of lower-case letters, digits and single hyphens that begins with a letter, at most 40 long',
    '7:51  environments.prod.services.api.memory  5 MiB is no Fargate size; the smallest is 512',
  ])
})
