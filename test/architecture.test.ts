import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** Who may import whom, by the first folder below src; `node:` and packages by name. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  formats: ['yaml', 'croner'],
  context: ['context', 'plan', 'errors'],
  plan: ['plan', 'errors', 'formats', 'yaml', 'zod', 'fastest-levenshtein', 'dockerfile-ast', 'node:crypto'],
  http: ['node:net', 'http-parser-js'],
  aws: ['aws', 'http', 'plan', 'context', 'errors', '@aws-sdk/', '@smithy/'],
  host: [
    'host',
    'http',
    'plan',
    'context',
    'errors',
    'generated',
    'node:',
    'ora',
    'chalk',
    '@inquirer/prompts',
    '@balena/dockerignore',
    'tar-stream',
  ],
  commands: ['commands', 'plan', 'context', 'errors'],
  emulator: [
    'emulator',
    'formats',
    'generated',
    '@aws-sdk/',
    '@smithy/',
    'node:',
    'yaml',
    'zod',
    'httpxy',
    'tar-stream',
  ],
  program: ['program', 'commands', 'context', 'errors', 'commander'],
  start: ['start', 'node:'],
  serve: ['start', 'node:'],
  cli: ['aws', 'host', 'program', 'start', 'context', 'errors', 'commander', 'node:'],
}
const LONGEST = 300

const src = join(import.meta.dirname, '../src')
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const roomOf = (file: string) => (file.split('/')[0] ?? '').replace(/\.ts$/, '')

/** Every import of a file: of our own by folder, of others by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
  const statements = /^(?:import|export)\b[^']*?from '([^']+)'|\bimport\('([^']+)'\)/gm
  const names = [...text.matchAll(statements)].map(([, named, dynamic]) => named ?? dynamic ?? '')
  return names.map((name) => (name.startsWith('.') ? relative(src, join(src, dirname(file), name)) : name))
}

test('everyone imports only whom they may', () => {
  const wrong = sources.flatMap((file) =>
    importsOf(file)
      .map((name) => (name.startsWith('../generated') ? 'generated' : name))
      .filter(
        (name) =>
          !(ALLOWED[roomOf(file)] ?? []).some((allowed) => name.startsWith(allowed) || roomOf(name) === allowed),
      )
      .map((name) => `${file} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('no file is longer than one reads at a sitting', () => {
  const lines = (file: string) => readFileSync(join(src, file), 'utf8').split('\n').length - 1
  expect(sources.filter((file) => lines(file) > LONGEST).map((file) => `${file}: ${lines(file)} lines`)).toEqual([])
})

test('a look at a project that is known loads neither YAML nor zod', () => {
  const reached = new Set(['cli.ts', 'host/host.ts', 'commands/status.ts'])
  for (const file of reached) {
    if (!file.endsWith('.ts')) continue
    const text = readFileSync(join(src, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^']*?from '([^']+)'/gm))
      reached.add(name.startsWith('.') ? join(dirname(file), name) : name)
  }
  expect([...reached].filter((name) => !/\.ts$|^node:/.test(name))).toEqual([
    'commander',
    'http-parser-js',
    'fastest-levenshtein',
  ])
  expect(reached).toContain('commands/steps/manifest.ts')
})
