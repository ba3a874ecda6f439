import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/emulator/random.ts'
import { printTemplate } from '../../src/formats/print-template.ts'
import { parseTemplateText, TemplateSyntaxError } from '../../src/formats/template-yaml.ts'

const folder = new URL('../../templates/', import.meta.url)

test.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s survives being printed', (name) => {
  const template = parseTemplateText(readFileSync(new URL(name, folder), 'utf8')) as object
  const printed = printTemplate(template)
  expect(parseTemplateText(printed)).toEqual(template)
  expect(printTemplate(parseTemplateText(printed) as object)).toBe(printed)
})

test('short forms are read as long ones', () => {
  const text = `
A: !Ref X
B: !GetAtt Nested.Outputs.Url
C: !GetAtt [X, Arn]
D: !Sub
  - \${A}-\${B}
  - B: !ImportValue b
E: !If [Sure, !Select [0, !GetAZs ''], !Ref AWS::NoValue]
F: !Equals [!Ref X, yes]
G: !Condition Sure
H: !Base64
  Fn::Sub: text
I: !FindInMap [M, !Ref AWS::Region, x]
J: !Join [',', [a, !Ref B]]
K: !Cidr [!GetAtt Vpc.CidrBlock, 4, 6]
on: off
1: one
Version: 2012-10-17
Time: 12:30
Octal: 010
Text: '010'
`
  expect(parseTemplateText(text)).toEqual({
    A: { Ref: 'X' },
    B: { 'Fn::GetAtt': ['Nested', 'Outputs.Url'] },
    C: { 'Fn::GetAtt': ['X', 'Arn'] },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's
    D: { 'Fn::Sub': ['${A}-${B}', { B: { 'Fn::ImportValue': 'b' } }] },
    E: { 'Fn::If': ['Sure', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, { Ref: 'AWS::NoValue' }] },
    F: { 'Fn::Equals': [{ Ref: 'X' }, true] },
    G: { Condition: 'Sure' },
    H: { 'Fn::Base64': { 'Fn::Sub': 'text' } },
    I: { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'x'] },
    J: { 'Fn::Join': [',', ['a', { Ref: 'B' }]] },
    K: { 'Fn::Cidr': [{ 'Fn::GetAtt': ['Vpc', 'CidrBlock'] }, 4, 6] },
    on: false,
    '1': 'one',
    Version: '2012-10-17',
    Time: 750,
    Octal: 8,
    Text: '010',
  })
})

test('JSON is read as it is, tabs and all', () => {
  const template = { Resources: { A: { Type: 'T', Properties: { Text: 'a: b\n\t"c" \u2028', None: null } } } }
  expect(parseTemplateText(JSON.stringify(template, null, '\t'))).toEqual(template)
  expect(parseTemplateText(JSON.stringify(template))).toEqual(template)
})

test.each([
  ['a: [1', 'not well-formed', 1, 6],
  ['a: 1\na: 2\n', 'not well-formed', 2, 1],
  ['a: &x 1\nb:\n  - *x\n', 'alias', 3, 5],
] as const)('%j is no template, and where', (text, reason, line, column) => {
  expect(() => parseTemplateText(text)).toThrow(
    expect.objectContaining({ constructor: TemplateSyntaxError, reason, line, column }),
  )
})

test('people read functions in short, lists of arguments on one line, long text as it is', () => {
  expect(
    printTemplate({
      AWSTemplateFormatVersion: '2010-09-09',
      Description: 'd',
      Resources: {
        One: {
          Type: 'T',
          Properties: {
            A: { Ref: 'X' },
            B: { 'Fn::GetAtt': ['X', 'Arn'] },
            C: { 'Fn::Join': [',', [{ Ref: 'X' }, { Ref: 'Z' }]] },
            D: { 'Fn::Join': ['', ['a'.repeat(40), 'b'.repeat(40)]] },
            E: { 'Fn::Base64': { 'Fn::Sub': 'a\nb\n' } },
            F: ['yes', '010', '2012-10-17', 'a: b', '*', ''],
          },
        },
        Two: { Type: 'T' },
      },
    }),
  ).toBe(`AWSTemplateFormatVersion: "2010-09-09"
Description: d

Resources:
  One:
    Type: T
    Properties:
      A: !Ref X
      B: !GetAtt X.Arn
      C: !Join [",", [!Ref X, !Ref Z]]
      D: !Join
        - ""
        - - aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          - bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
      E:
        Fn::Base64: !Sub |
          a
          b
      F:
        - "yes"
        - "010"
        - "2012-10-17"
        - "a: b"
        - "*"
        - ""

  Two:
    Type: T
`)
})

const random = seededRandom(7)
const below = (limit: number) => Math.floor(random.fraction() * limit)
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item

const TEXTS = [
  '',
  ' ',
  'x',
  'yes',
  'No',
  'on',
  'null',
  '~',
  'true',
  '0',
  '010',
  '0x1F',
  '1e3',
  '.5',
  '1:30',
  '12:30:45',
  '2012-10-17',
  '2001-12-14t21:59:43.10-05:00',
  '=',
  '<<',
  '*a',
  '&a',
  '!a',
  '- a',
  'a: b',
  'a #b',
  '#a',
  '{a}',
  '[a]',
  '"',
  "'",
  '%a',
  '@a',
  '`a',
  '|',
  '>',
  '?',
  '-',
  ':',
  'a:',
  ' a',
  'a ',
  'a\nb',
  'a\nb\n',
  '\na',
  'a\n\n\nb\n\n',
  ' a\nb',
  'a \n b\t\n',
  '\t',
  '\r\n',
  'a\rb',
  '\u0000',
  '\u0085',
  '\u2028',
  '\ufeff',
  'é',
  '😀',
  'Ref',
  'Fn::Sub',
  '$A',
  'x'.repeat(200),
  `${'word '.repeat(60)}`,
  '---',
  '...',
  '\\',
  '\\n',
  '1_000',
  '1,000',
  '+1',
  '-0',
  '.inf',
  'NaN',
  'E3002',
  '?a',
  ':a',
  '-a',
  '"both\'s"',
  '\ud800',
]
const KEYS = [
  ...TEXTS.filter((text) => text !== '' && text !== '<<'),
  'Type',
  'Fn::GetAtt',
  'Condition',
  'x'.repeat(1100),
]

function value(depth: number): unknown {
  const kind = below(depth <= 0 ? 5 : 12)
  if (kind < 3) return pick(TEXTS)
  if (kind === 3) return pick([0, 1, -1, 1.5, 80, 1e21, 1e-7, 65535])
  if (kind === 4) return pick([true, false, null])
  if (kind < 7) return Array.from({ length: below(4) }, () => value(depth - 1))
  if (kind === 7) return { Ref: pick(['A', 'AWS::Region']) }
  if (kind === 8) return { 'Fn::GetAtt': ['A', pick(['Arn', 'Outputs.Url'])] }
  if (kind === 9)
    return {
      [pick(['Fn::Sub', 'Fn::Base64', 'Fn::ImportValue', 'Fn::Join', 'Fn::If', 'Ref', 'Fn::GetAtt'])]: value(depth - 1),
    }
  return Object.fromEntries(Array.from({ length: below(4) }, () => [pick(KEYS), value(depth - 1)]))
}

test('whatever is printed is read back as the same', () => {
  for (let count = 0; count < 3000; count++) {
    const template = { Description: pick(TEXTS), Resources: { A: { Type: 'T', Properties: { P: value(5) } } } }
    const printed = printTemplate(template)
    expect(parseTemplateText(printed), printed).toEqual(template)
  }
})
