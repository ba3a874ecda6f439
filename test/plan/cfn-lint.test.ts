import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { seededRandom } from '../../src/emulator/random.ts'
import { parseTemplateText } from '../../src/formats/template-yaml.ts'
import type { Stack } from '../../src/plan/stacks/stack.ts'
import { drawManifest } from '../support/manifest-matrix.ts'
import { stacksOf } from '../support/manifests.ts'
import { resolved } from '../support/problems.ts'

/** What a shell ends with that does not find a command. */
const NOT_FOUND = 127
const STACKS = 40

interface Template {
  readonly Parameters?: Readonly<Record<string, object>>
}

test(`cfn-lint has nothing to say to ${STACKS} stacks, those that were reviewed and the templates they are made from`, ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'img2vid-lint-'))
  try {
    const drawn = sample().map((stack, index) => {
      const file = join(folder, `${index}.json`)
      writeFileSync(file, JSON.stringify(withParameters(stack)))
      return file
    })
    const reviewed = readdirSync('test/plan/golden', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml') && !file.endsWith('manifest.yaml'))
      .map((name) => join('test/plan/golden', name))
    expect(reviewed.length).toBeGreaterThan(20)
    expect(drawn).toHaveLength(STACKS)
    const files = [...reviewed, ...drawn]
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
