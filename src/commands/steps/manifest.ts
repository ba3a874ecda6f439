import type { Context } from '../../context.ts'
import { UserError } from '../../errors.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import { hasOverrides } from '../../plan/manifest/overrides.ts'
import { knownProject, type Project } from '../../plan/manifest/project.ts'
import type { CommonFlags, OverrideFlags } from '../flags.ts'

/** The manifest's folder, against which its paths are meant and below which the embedded AWS keeps its state. */
export const projectFolder = ({ manifest }: Pick<CommonFlags, 'manifest'>, { files }: Context): string =>
  files.absolute(manifest, '..')

/** What was found right before is not read again: to read and check it takes longer than all else that a command does. */
export const loadProject = (flags: CommonFlags & OverrideFlags, context: Context): Promise<Project> =>
  context.once('manifest', async () => {
    const { files, recall } = context
    const text = await files.read(flags.manifest)
    if (text === undefined) {
      throw new UserError('usage', `There is no ${flags.manifest} here`, {
        hint: 'write one with img2vid init, or say where it is with --manifest FILE',
      })
    }
    const read = async () => (await import('./read-manifest.ts')).readProject(text, flags, context)
    if (hasOverrides(flags)) return filled(await read(), flags, context)
    const environments = await recall(text, async () => {
      const { names, environment } = await read()
      return Promise.all(names.map(environment))
    })
    return filled(knownProject(flags.manifest, environments), flags, context)
  })

/** What files beside the manifest say is read each time. */
const filled = (project: Project, flags: CommonFlags, context: Context): Project => ({
  ...project,
  async environment(name) {
    const environment = await project.environment(name)
    return environment.services.some(namesFile)
      ? (await import('./env-files.ts')).withEnvFiles(
          environment,
          { file: flags.manifest, folder: projectFolder(flags, context) },
          context,
        )
      : environment
  },
})

const namesFile = ({ settings }: Service): boolean =>
  [settings, ...Object.values(settings.sidecars ?? {})].some(({ env_file }) => env_file !== undefined)

/** The environment that a command is for: by flag, the only one, or asked for. */
export async function chooseEnvironment({ names }: Project, flags: CommonFlags, { ask }: Context): Promise<string> {
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
  const project = await loadProject(flags, context)
  return project.environment(await chooseEnvironment(project, flags, context))
}
