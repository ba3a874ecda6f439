import { UserError } from '../../src/errors.ts'
import { resolveEnvironment } from '../../src/plan/manifest/environment.ts'
import type { Environment } from '../../src/plan/manifest/model.ts'
import type { Overrides } from '../../src/plan/manifest/overrides.ts'
import { environmentNames, readManifest } from '../../src/plan/manifest/read.ts'

type Options = Overrides & { env?: string }

/** An environment, or all problems of its manifest, each as people see it: place, path, message. */
export function resolved(
  yaml: string,
  { env, ...flags }: Options = {},
): { environment: Environment } | { problems: string[] } {
  try {
    const source = readManifest(yaml, 'img2vid.yaml', flags)
    const [first = 'dev'] = environmentNames(source.manifest)
    return { environment: resolveEnvironment(source, env ?? first) }
  } catch (error) {
    if (!(error instanceof UserError) || error.outcome !== 'usage' || error.problems.length === 0) throw error
    const problems = error.problems.map(({ line, column, path, message }) =>
      [...(line === undefined ? [] : [`${line}:${column}`]), ...(path === undefined ? [] : [path]), message].join('  '),
    )
    return { problems }
  }
}

/** None when the manifest is right. */
export function problemsOf(yaml: string, options: Options = {}): string[] {
  const result = resolved(yaml, options)
  return 'problems' in result ? result.problems : []
}

/** A manifest with one service, whose settings are given as YAML in flow style. */
export const serviceManifest = (settings: string): string => `app: shop\nservices:\n  web: ${settings}\n`
