import { resolveEnvironment } from '../../plan/manifest/environment.ts'
import type { Project } from '../../plan/manifest/project.ts'
import { environmentNames, readManifest } from '../../plan/manifest/read.ts'
import type { CommonFlags, OverrideFlags } from '../flags.ts'

/** Reads and checks a manifest: what is loaded only for one that is not known yet. */
export function readProject(text: string, flags: CommonFlags & OverrideFlags): Project {
  const source = readManifest(text, flags.manifest, flags)
  return {
    app: source.manifest.app,
    names: environmentNames(source.manifest),
    environment: async (name) => resolveEnvironment(source, name),
  }
}
