import type { Context } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { buildxCommand, INSTALL_BUILDX, needsBuildKit } from '../../plan/docker.ts'
import type { Finding } from '../../plan/forecast/finding.ts'
import type { BuiltImage } from '../../plan/manifest/builds.ts'

/** DOCK02: what a build needs beside its files is there: BuildKit, secrets, an SSH agent. */
export async function buildFindings(built: BuiltImage, folder: string, context: Context): Promise<Finding[]> {
  const { name, image } = built
  if (!needsBuildKit(image)) return []
  const lacking =
    (await context.run(buildxCommand)).exitCode !== 0
      ? [
          {
            message: 'its build needs BuildKit for secrets, keys or cache, and Docker here has no buildx',
            hint: `${INSTALL_BUILDX}; or take secrets, ssh and cache_to out of image.build`,
          },
        ]
      : [...(await missingSecrets(built, folder, context)), ...missingAgent(built, context)]
  return lacking.map((one) => ({ code: 'DOCK02', severity: 'error', service: name, ...one }))
}

type Lacking = Pick<Finding, 'message' | 'hint'>

async function missingSecrets(
  { image }: BuiltImage,
  folder: string,
  { files, variables }: Context,
): Promise<Lacking[]> {
  const all = await Promise.all(
    image.secrets.map(async (secret): Promise<Lacking[]> => {
      const what = `image.build.secrets.${secret.id}`
      if ('file' in secret) {
        const place = files.absolute(folder, secret.file)
        const message = `${what} is a file that is not there: ${secret.file}`
        return (await files.exists(place)) ? [] : [{ message, hint: `write ${secret.file}, or correct its path` }]
      }
      // Docker would build with an empty secret.
      const message = `${what} is what the variable ${secret.env} holds, which is not set`
      return variables[secret.env] === undefined ? [{ message, hint: `export ${secret.env}=…` }] : []
    }),
  )
  return all.flat()
}

function missingAgent({ image }: BuiltImage, { variables }: Context): Lacking[] {
  const asksAgent = image.ssh.some((key) => !key.includes('='))
  return asksAgent && !variables.SSH_AUTH_SOCK
    ? [
        {
          message: 'image.build.ssh lends the keys of an SSH agent, and none runs here',
          hint: 'start one and give it the key: eval "$(ssh-agent)" && ssh-add',
        },
      ]
    : []
}

/** A build, and the folder at which its paths begin. */
export interface PlacedBuild {
  readonly service: BuiltImage
  readonly folder: string
}

/** Throws with all that is not there. */
export async function requireBuildInputs(builds: readonly PlacedBuild[], context: Context): Promise<void> {
  const found = await Promise.all(builds.map(({ service, folder }) => buildFindings(service, folder, context)))
  const problems = found.flat().map(({ service = '', message, hint }) => ({ path: service, message, hint }))
  if (problems.length > 0) throw new UserError('preflight', 'Not all is there that the builds need', { problems })
}
