import type { Context } from '../../context.ts'
import { type Problem, UserError } from '../../errors.ts'
import { buildxCommand, needsBuildKit } from '../../plan/docker.ts'
import type { BuiltImage } from '../../plan/manifest/builds.ts'

/** Throws when what a build needs beside its files is not there: BuildKit, secrets, an SSH agent. */
export async function requireBuildInputs(built: BuiltImage, folder: string, context: Context): Promise<void> {
  if (!needsBuildKit(built.image)) return
  if ((await context.run(buildxCommand)).exitCode !== 0) {
    throw new UserError(
      'preflight',
      `The build of ${built.name} needs BuildKit for its secrets, keys or cache, and Docker here has no buildx`,
      {
        hint: 'install the plugin, on Debian and Ubuntu by: sudo apt-get install docker-buildx; or take secrets, ssh and cache_to out of image.build',
      },
    )
  }
  const problems = [...(await missingSecrets(built, folder, context)), ...missingAgent(built, context)]
  if (problems.length === 0) return
  throw new UserError('preflight', `The build of ${built.name} lacks what it is to read`, { problems })
}

async function missingSecrets(
  { image }: BuiltImage,
  folder: string,
  { files, variables }: Context,
): Promise<Problem[]> {
  const all = await Promise.all(
    image.secrets.map(async (secret) => {
      const path = `image.build.secrets.${secret.id}`
      if ('file' in secret) {
        const place = files.absolute(folder, secret.file)
        return (await files.exists(place)) ? [] : [{ path, message: `there is no file ${secret.file}` }]
      }
      // Docker would build with an empty secret.
      return variables[secret.env] === undefined ? [{ path, message: `the variable ${secret.env} is not set` }] : []
    }),
  )
  return all.flat()
}

function missingAgent({ image }: BuiltImage, { variables }: Context): Problem[] {
  const asksAgent = image.ssh.some((key) => !key.includes('='))
  return asksAgent && !variables.SSH_AUTH_SOCK
    ? [
        {
          path: 'image.build.ssh',
          message: 'no SSH agent runs here',
          hint: 'start one and give it the key: eval "$(ssh-agent)" && ssh-add',
        },
      ]
    : []
}
