import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { seededRandom } from '../../../src/emulator/random.ts'
import { UserError } from '../../../src/errors.ts'
import { resolveEnvironment } from '../../../src/plan/manifest/environment.ts'
import type { Overrides } from '../../../src/plan/manifest/overrides.ts'
import { environmentNames, readManifest } from '../../../src/plan/manifest/read.ts'
import { LONG } from '../../support/effort.ts'
import { stacksOf } from '../../support/manifests.ts'
import { RICH } from '../../support/rich-manifest.ts'

const [MANIFESTS, TEXTS] = LONG ? [2500, 1500] : [500, 300]
const random = seededRandom(20)
const below = (limit: number): number => Math.floor(random.fraction() * limit)
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item

type Node = Record<string, unknown> | unknown[]
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

/** Every group and list inside a value, itself included. */
const nodesIn = (value: unknown): Node[] => (isNode(value) ? [value, ...Object.values(value).flatMap(nodesIn)] : [])

const KEYS = ['port', 'pth', 'constructor', '__proto__', 'toString', '<<', '', 'a b', '7', 'http', 'services', 'é']
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e30,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  ' ',
  'x',
  '/',
  '5m',
  'gpu',
  '*',
  '*/x',
  '{{resolve:x}}',
  'a"b',
  'vpc-1',
  '\u0000',
  [],
  {},
  [[]],
  [null],
  { a: { b: { c: [] } } },
  { path: '/x' },
  'x'.repeat(300),
  '/a/b/c/d/e/f/g/h',
  99999999999,
]

/** Replaces, removes, renames, adds or moves one thing. */
function mutate(root: unknown): void {
  const nodes = nodesIn(root)
  const node = pick(nodes) as Record<string, unknown>
  const keys = Object.keys(node)
  const key = keys.length > 0 ? pick(keys) : 'x'
  const added = Array.isArray(node) ? String(keys.length) : pick(KEYS)
  const set = (name: string, value: unknown) =>
    Object.defineProperty(node, name, { value, enumerable: true, configurable: true, writable: true })
  switch (below(6)) {
    case 0:
      return void set(key, structuredClone(pick(VALUES)))
    case 1:
      return void (Array.isArray(node) ? node.splice(Number(key) || 0, 1) : delete node[key])
    case 2: {
      const value = node[key]
      if (Array.isArray(node)) return void node.push(value)
      delete node[key]
      return void set(`${key.slice(0, -1)}${pick(['', 's', 'X', '-'])}`, value)
    }
    case 3:
      return void set(added, structuredClone(pick(VALUES)))
    case 4:
      return void set(added, structuredClone(pick(nodes)))
    default:
      return void set(key, structuredClone(pick(nodes)))
  }
}

/** Spoils the text itself: characters, lines, indentation. */
function spoil(text: string): string {
  const lines = text.split('\n')
  const line = below(lines.length)
  const at = below(text.length)
  switch (below(5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return (
        text.slice(0, at) +
        pick([
          '{',
          '}',
          '[',
          ']',
          ':',
          '"',
          "'",
          '&a ',
          '*a ',
          '*b',
          '!x ',
          '- ',
          '#',
          '\t',
          '\n',
          '---\n',
          '? ',
          '%',
          '@',
          '|',
        ]) +
        text.slice(at)
      )
    case 2:
      return lines.toSpliced(line, 0, lines[line] ?? '').join('\n')
    case 3:
      return lines.toSpliced(line, 1).join('\n')
    default:
      return lines.with(line, ` ${lines[line]}`).join('\n')
  }
}

const FLAGS: readonly Overrides[] = [
  {},
  {},
  {},
  { service: 'web', image: 'a b', repo: 'X', bucket: 'B', model: '' },
  { service: 'api', instanceType: ['foo', 'g5.xlarge'] },
  { vpc: 'x', subnets: ['subnet-1'], securityGroup: [''] },
  { image: 'nginx' },
]

/** What is wrong with how the problems of a text are told; nothing, when it has none or tells them well. */
function complaints(text: string, flags: Overrides): string[] {
  try {
    const source = readManifest(text, 'img2vid.yaml', flags)
    for (const name of environmentNames(source.manifest)) {
      const environment = resolveEnvironment(source, name)
      // Printing takes its time.
      if (below(25) === 0) stacksOf(environment)
    }
    return []
  } catch (error) {
    if (!(error instanceof UserError)) return [String((error as Error).stack)]
    const lines = text.split('\n').length
    const isWhole = ({ path }: { path?: string }) => path === undefined && !isGroup(text)
    return [
      ...(error.outcome === 'usage' ? [] : [`outcome ${error.outcome}`]),
      ...(error.problems.length > 0 ? [] : ['no problems']),
      ...error.problems.flatMap((problem) => {
        const { path, line, column, message } = problem
        const fromFlag = /^--[a-z-]+$/.test(path ?? '')
        return [
          ...(path !== undefined || isWhole(problem) ? [] : ['no path']),
          ...(fromFlag === (line === undefined) ? [] : ['line and flag']),
          ...(line === undefined || (line >= 1 && line <= lines && (column ?? 0) >= 1) ? [] : [`at ${line}:${column}`]),
          ...(/undefined|something else|NaN|\[object|\bnull\b|Invalid input/.test(message) || message === ''
            ? ['words']
            : []),
        ].map((complaint) => `${complaint}: ${JSON.stringify(problem)}`)
      }),
    ]
  }
}

/** Whether a text has a place that could be named: problems of the whole have no path. */
function isGroup(text: string): boolean {
  try {
    return isNode(parse(text)) && !Array.isArray(parse(text))
  } catch {
    return false
  }
}

test('the rich manifest itself is right', () => {
  expect(complaints(RICH, {})).toEqual([])
})

const rich: unknown = parse(RICH)

test(`${MANIFESTS} broken manifests give problems with places, and never an exception`, () => {
  const failures = Array.from({ length: MANIFESTS }, () => {
    const value: unknown = structuredClone(rich)
    for (let count = 1 + below(3); count > 0; count--) mutate(value)
    const text = stringify(value)
    const flags = pick(FLAGS)
    return complaints(text, flags).map((complaint) => `${complaint}\n${JSON.stringify(flags)}\n${text}`)
  }).flat()
  expect(failures.slice(0, 3)).toEqual([])
}, 300_000)

test(`${TEXTS} spoilt texts give problems with lines, and never an exception`, () => {
  const failures = Array.from({ length: TEXTS }, () => {
    let text = RICH
    for (let count = 1 + below(3); count > 0; count--) text = spoil(text)
    return complaints(text, {}).map((complaint) => `${complaint}\n${text}`)
  }).flat()
  expect(failures.slice(0, 3)).toEqual([])
}, 300_000)
