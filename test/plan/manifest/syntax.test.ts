import { expect, test } from 'vitest'
import { environmentOf } from '../../support/manifests.ts'
import { problemsOf } from '../../support/problems.ts'

const texts: Record<string, [yaml: string, problems: string[]]> = {
  'a bracket that is not closed': [
    'app: shop\nservices: { web: {}\n',
    ['3:1  services.web  a bracket is not closed: } is missing'],
  ],
  'a list that is not closed': [
    'app: shop\nservices:\n  web:\n    instances: [a, b\n    gpus: 1\n',
    ['5:5  services.web.instances[1]  a bracket is not closed: ] is missing'],
  ],
  'a bracket in a value among brackets, and all that is lost behind it': [
    'app: shop\nservices:\n  web:\n    overrides:\n      - { path: Resources.A[0].B, value: 1 }\n      - { path: Resources.C, value: 2 }\n',
    ['5:28  services.web.overrides[0].path  a value with a bracket in it needs quotation marks here'],
  ],
  'a bracket that closes nothing': [
    'app: shop\nservices: { web: {} } }\n',
    ['2:23  services.web  does not belong here: }'],
  ],
  'names given twice': [
    'app: shop\napp: shop\nservices:\n  web: {}\n  api: { cpu: 256, cpu: 512 }\n  web: {}\n',
    [
      '2:1  app  is there already; a name can be given once',
      '5:20  services.api.cpu  is there already; a name can be given once',
      '6:3  services.web  is there already; a name can be given once',
    ],
  ],
  'a value with a colon': [
    'app: shop\nservices:\n  web:\n    image: { port: 80 }\n    command: echo a: b\n',
    ['5:14  services.web.command  a value with a colon and a space in it needs quotation marks'],
  ],
  tabs: ['app: shop\nservices:\n\tweb: {}\n', ['3:1  services  is indented with a tab; only spaces are allowed']],
  'names that do not line up': [
    'app: shop\nservices:\n  web:\n    cpu: 256\n   memory: 512\n',
    ['5:4  services.memory  does not begin in the same column as the names above it'],
  ],
  'a name without a colon': ['app: shop\nservices\n', ['2:1  services  needs a colon and a value']],
  'a second document': [
    'app: shop\nservices: { web: {} }\n---\nb: 2\n',
    ['3:1  a manifest is one document; nothing may follow ---'],
  ],
  'a quotation mark that is not closed': ['app: "shop\nservices: {}\n', ['3:1  app  Missing closing "quote']],
  'an alias of nothing': [
    'app: shop\nservices:\n  web: *base\n  api: { cpu: *size }\n',
    [
      '3:8  services.web  nothing before it is called &base',
      '4:15  services.api.cpu  nothing before it is called &size',
    ],
  ],
  'a merge of what is no group': [
    'app: shop\nservices:\n  web: { <<: 5 }\n',
    ['3:10  services.web.<<  can only take a group, or *NAME of one'],
  ],
  'aliases that multiply beyond measure': [
    `app: shop\nservices: { web: {} }\nx: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefgh'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`)}]`)
      .join('\n')}\n`,
    ['1:1  Excessive alias count indicates a resource exhaustion attack'],
  ],
}

test.each(Object.entries(texts))('a text with %s says so where it is', (_name, [yaml, problems]) => {
  expect(problemsOf(yaml)).toEqual(problems)
})

test('a problem behind an alias points at the place that uses it', () => {
  expect(
    problemsOf(
      'app: shop\nservices:\n  web: &base { memory: 512 }\n  api: { <<: *base, cpu: 300 }\n  job: *base\n  x: { cpu: 5 }\n',
    ),
  ).toEqual([
    '4:26  services.api.cpu  300 is no Fargate size; valid with 512 MiB are 256',
    '6:13  services.x.cpu  5 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384',
  ])
})

test('Windows line ends and a byte order mark count as they look', () => {
  expect(problemsOf('\uFEFFapp: shop\r\nservices:\r\n  web:\r\n    cpu: 5\r\n')).toEqual([
    '4:10  services.web.cpu  5 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384',
  ])
})

test('what is merged in counts as if it were written there', () => {
  const yaml =
    'app: shop\nservices:\n  web: &base { image: { port: 80 }, cpu: 512 }\n  api: { <<: *base, http: { path: /api } }\n'
  expect(
    environmentOf(yaml).services.map(({ name, port, compute, http }) => [name, port, compute, http?.path]),
  ).toEqual([
    ['web', 80, { kind: 'fargate', cpu: 512, memory: 1024 }, '/'],
    ['api', 80, { kind: 'fargate', cpu: 512, memory: 1024 }, '/api'],
  ])
})
