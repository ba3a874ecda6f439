import type { Context } from '../../context.ts'
import { resolveEnvironment } from '../../plan/manifest/environment.ts'
import { valueAt } from '../../plan/manifest/groups.ts'
import { manifestError } from '../../plan/manifest/manifest-error.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import type { Path } from '../../plan/manifest/problems.ts'
import type { Project } from '../../plan/manifest/project.ts'
import { environmentNames, type ManifestSource, readManifest } from '../../plan/manifest/read.ts'
import { hasOverrides, overrideFindings } from '../../plan/stacks/override-checks.ts'
import type { CommonFlags, OverrideFlags } from '../flags.ts'

/** Reads and checks a manifest: what is loaded only for one that is not known yet. */
export function readProject(text: string, flags: CommonFlags & OverrideFlags, context: Context): Project {
  const source = readManifest(text, flags.manifest, flags)
  return {
    app: source.manifest.app,
    names: environmentNames(source.manifest),
    environment: (name) => environmentOf(source, name, context),
  }
}

/** One environment, with its overrides held against what they change. */
async function environmentOf(source: ManifestSource, name: string, { files }: Context): Promise<Environment> {
  const environment = resolveEnvironment(source, name)
  if (!hasOverrides(environment)) return environment
  const findings = overrideFindings(environment, files.templates, await files.resourceSchemas())
  // An environment's list takes the place of the base's as a whole.
  const own = (path: Path): Path => {
    const list = path.slice(0, path.indexOf('overrides') + 1)
    return valueAt(source.manifest.environments?.[name], list) === undefined ? path : ['environments', name, ...path]
  }
  const placed = findings.map((finding) => ({ ...finding, path: own(finding.path) }))
  if (placed.length > 0) throw manifestError(source.file, source.locate(placed))
  return environment
}
