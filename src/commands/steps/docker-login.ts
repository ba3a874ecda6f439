import type { Context, Images, RunResult } from '../../context.ts'
import { explain } from '../../errors.ts'
import { type CommandLine, dockerConfiguration, loggedIn } from '../../plan/docker.ts'
import { opens } from '../../plan/image-location.ts'

export type Login = Awaited<ReturnType<Images['login']>>

/** A build that is logged in where it takes from or gives to ECR. */
export async function buildLoggedIn(
  command: CommandLine,
  registries: readonly string[],
  login: () => Promise<Login>,
  context: Context,
  build: (command: CommandLine) => Promise<RunResult>,
): Promise<RunResult> {
  const found = await login().catch((error: unknown) => {
    const why = explain(error).message.split('\n')[0]
    context.ui.show({ type: 'note', text: `the build is not logged in at ${registries.join(', ')}: ${why}` })
  })
  if (!found) return build(command)
  const own = found.registry.replace(/^https?:\/\//, '')
  const open = registries.filter((registry) => opens(own, registry))
  if (open.length === 0) return build(command)
  return runLoggedIn(command, open, found, context, build)
}

/** Runs a command of docker that is logged in at registries; which engine it talks to, and all else, is as the user's docker has it. */
export async function runLoggedIn(
  command: CommandLine,
  registries: readonly string[],
  { password }: Login,
  { files }: Context,
  run: (command: CommandLine) => Promise<RunResult>,
): Promise<RunResult> {
  const said = await files.read(files.absolute(files.dockerFolder, 'config.json'))
  return files.withPrivateFolder(
    dockerConfiguration(registries, configurationOf(said)),
    (folder) => run(loggedIn(command, folder, password)),
    files.dockerFolder,
  )
}

/** Docker itself goes on without a configuration that it cannot read. */
function configurationOf(text = '{}'): object {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
