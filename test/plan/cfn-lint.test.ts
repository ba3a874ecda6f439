import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { seededRandom } from '../../src/emulator/random.ts'
import { parseTemplateText } from '../../src/formats/template-yaml.ts'
import type { Stack } from '../../src/plan/stacks/stack.ts'
import { LONG } from '../support/effort.ts'
import { drawManifest } from '../support/manifest-matrix.ts'
import { stacksOf } from '../support/manifests.ts'
import { resolved } from '../support/problems.ts'

/** What a shell ends with that does not find a command. */
const NOT_FOUND = 127
const STACKS = 40

interface Template {
  readonly Parameters?: Readonly<Record<string, object>>
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>
}

const WHICH = LONG ? 'all' : 'those that have all properties of'

test(`cfn-lint has nothing to say to ${WHICH} ${STACKS} stacks, those that were reviewed and the templates they are made from`, ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'img2vid-lint-'))
  try {
    const drawn = sample().map((stack, index) => {
      const file = join(folder, `${index}.json`)
      const template = withParameters(stack)
      writeFileSync(file, JSON.stringify(template))
      return { file, template }
    })
    const reviewed = readdirSync('test/plan/golden', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml') && !file.endsWith('manifest.yaml'))
      .map((name) => {
        const file = join('test/plan/golden', name)
        return { file, template: parseTemplateText(readFileSync(file, 'utf8')) as Template }
      })
    expect(reviewed.length).toBeGreaterThan(20)
    expect(drawn).toHaveLength(STACKS)
    const stacks = [...reviewed, ...drawn]
    const files = (LONG ? stacks : withAllProperties(stacks)).map(({ file }) => file)
    const { stdout, stderr, status, error } = spawnSync('cfn-lint', ['-i', 'I', '--', ...files, 'templates/*.yaml'], {
      encoding: 'utf8',
    })
    // To ask it for its version first would take a second.
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' || status === NOT_FOUND)
      return skip('there is no cfn-lint')
    expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 300_000)

/** Stacks of manifests of every kind. cfn-lint takes `${AWS::Region}` in a variable for a function that was forgotten. */
function sample(): Stack[] {
  const random = seededRandom(3)
  const stacks: Stack[] = []
  while (stacks.length < STACKS) {
    const { manifest, environment } = drawManifest(random)
    const yaml = stringify(manifest)
    const result = resolved(yaml, { env: environment })
    if (!yaml.includes('${AWS') && 'environment' in result) stacks.push(...stacksOf(result.environment))
  }
  return stacks.slice(0, STACKS)
}

/** The values that it is deployed with, where cfn-lint looks for them. */
function withParameters({ body, parameters }: Stack): Template {
  const template = parseTemplateText(body) as Template
  const Parameters = Object.fromEntries(
    Object.entries(template.Parameters ?? {}).map(([name, declaration]) => [
      name,
      name in parameters ? { ...declaration, Default: parameters[name] } : declaration,
    ]),
  )
  return { ...template, ...(template.Parameters && { Parameters }) }
}

/** Enough of these stacks that every property of each type, at any depth, is in one of them. */
function withAllProperties<Item extends { readonly template: Template }>(stacks: readonly Item[]): Item[] {
  const seen = new Set<string>()
  return stacks
    .map((stack) => ({
      stack,
      paths: Object.values(stack.template.Resources).flatMap((one) => pathsIn(one, one.Type)),
    }))
    .sort((one, other) => other.paths.length - one.paths.length)
    .filter(({ paths }) => {
      const before = seen.size
      for (const path of paths) seen.add(path)
      return seen.size > before
    })
    .map(({ stack }) => stack)
}

function pathsIn(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, item]) => pathsIn(item, Array.isArray(value) ? path : `${path}.${key}`))
}
