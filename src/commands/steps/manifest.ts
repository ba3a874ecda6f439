import type { Context } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { resolveEnvironment } from '../../plan/manifest/environment.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import { environmentNames, type ManifestSource, readManifest } from '../../plan/manifest/read.ts'
import type { CommonFlags, OverrideFlags } from '../flags.ts'

/** The manifest's folder, against which its paths are meant and below which the embedded AWS keeps its state. */
export const projectFolder = ({ manifest }: Pick<CommonFlags, 'manifest'>, { files }: Context): string =>
  files.absolute(manifest, '..')

export const loadManifest = (flags: CommonFlags & OverrideFlags, { files, once }: Context): Promise<ManifestSource> =>
  once('manifest', async () => {
    const text = await files.read(flags.manifest)
    if (text !== undefined) return readManifest(text, flags.manifest, flags)
    throw new UserError('usage', `There is no ${flags.manifest} here`, {
      hint: 'write one with img2vid init, or say where it is with --manifest FILE',
    })
  })

/** The environment that a command is for: by flag, the only one, or asked for. */
export async function chooseEnvironment(source: ManifestSource, flags: CommonFlags, { ask }: Context): Promise<string> {
  const names = environmentNames(source.manifest)
  if (flags.env !== undefined) return flags.env
  if (names.length === 1 && names[0] !== undefined) return names[0]
  if (ask.interactive) {
    return ask.choose({ message: 'Environment', choices: names.map((value) => ({ value, label: value })) })
  }
  throw new UserError('usage', `There are several environments: ${names.join(', ')}`, {
    hint: 'say which one with --env NAME',
    problems: [{ path: '--env', message: 'is missing' }],
  })
}

export async function loadEnvironment(flags: CommonFlags & OverrideFlags, context: Context): Promise<Environment> {
  const source = await loadManifest(flags, context)
  return resolveEnvironment(source, await chooseEnvironment(source, flags, context))
}
