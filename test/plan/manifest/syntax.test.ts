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
  'what is no UTF-8, as editors of old write it': [
    new TextDecoder().decode(Buffer.from('app: shop\nservices: { web: { variables: { A: ü } } }\n', 'latin1')),
    ['2:36  is not UTF-8; save the file as UTF-8'],
  ],
  'what is UTF-16, as PowerShell writes it': [
    new TextDecoder().decode(Buffer.from('\uFEFFapp: shop\n', 'utf16le')),
    ['1:1  is not UTF-8; save the file as UTF-8'],
  ],
  'a space of a web page': [
    'app: shop\nservices:\n  web:\n    image:\u00A0{ build: ., port: 80 }\n',
    ['4:11  a no-break space, as web pages have, is no space here; type a plain one'],
  ],
  'a name that JavaScript would lose': [
    'app: shop\nservices: { web: { variables: { __proto__: 1 } }, __proto__: {} }\n',
    ['2:33  services.web.variables.__proto__  cannot be a name', '2:51  services.__proto__  cannot be a name'],
  ],
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

test('a variable is the text that is written, whatever number or truth YAML reads in it', () => {
  const values = '{ A: 1.10, B: 0755, C: 12345678901234567890, D: True, E: 1e3, F: 5, G: "1.0", H: 0x1F }'
  const yaml = `app: shop\nservices:\n  web: { image: { build: { context: ., args: { V: 3.10 } } }, variables: &all ${values} }\n  api:\n    http: false\n    variables: { <<: *all, I: +1 }\nenvironments: { dev: { services: { web: { count: 02, variables: { J: 007 } } } } }\n`
  const [web, api] = environmentOf(yaml).services
  const seen = { A: '1.10', B: '0755', C: '12345678901234567890', D: 'True', E: '1e3', F: 5, G: '1.0', H: '0x1F' }
  expect([web?.settings.variables, web?.count, api?.settings.variables]).toEqual([
    { ...seen, J: '007' },
    2,
    { ...seen, I: '+1' },
  ])
  expect(web?.image).toMatchObject({ args: { V: '3.10' } })
})
