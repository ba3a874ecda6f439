import { UserError } from '../../src/errors.ts'
import { resolveEnvironment } from '../../src/plan/manifest/environment.ts'
import type { Overrides } from '../../src/plan/manifest/overrides.ts'
import { environmentNames, readManifest } from '../../src/plan/manifest/read.ts'

/** All problems of a manifest, each as people see it: place, path, message. None when it is right. */
export function problemsOf(yaml: string, { env, ...flags }: Overrides & { env?: string } = {}): string[] {
  try {
    const source = readManifest(yaml, 'img2vid.yaml', flags)
    const [first = 'dev'] = environmentNames(source.manifest)
    resolveEnvironment(source, env ?? first)
    return []
  } catch (error) {
    if (!(error instanceof UserError) || error.outcome !== 'usage') throw error
    return error.problems.map(({ line, column, path, message }) =>
      [...(line === undefined ? [] : [`${line}:${column}`]), ...(path === undefined ? [] : [path]), message].join('  '),
    )
  }
}

/** A manifest with one service, whose settings are given as YAML in flow style. */
export const serviceManifest = (settings: string): string => `app: shop\nservices:\n  web: ${settings}\n`
