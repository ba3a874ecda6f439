import { Command, Option } from 'commander'
import { faultFields, faultHelp } from './commands/fault-kinds.ts'
import type { Context } from './context.ts'

/** A command's body, and how its result is said to people. */
export type Verb<Flags, Result> = readonly [
  run: (flags: Flags, context: Context) => Promise<Result>,
  present: (result: Result) => string,
]

/** Imports a command's module, runs its verb with the flags, and prints what comes of it. */
export type Perform = <Module, Flags, Result>(
  load: () => Promise<Module>,
  verb: (module: Module) => Verb<Flags, Result>,
) => (flags: Flags) => Promise<void>

/** Every command and flag. Bodies are imported when they are called. */
export function createProgram(version: string, perform: Perform): Command {
  const program = new Command('img2vid')
    .description(
      'Puts the container of a Dockerfile on Amazon ECS in your own account, on Fargate or on GPU instances, and gives you its URL',
    )
    .version(version)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .enablePositionalOptions(false)
    .addHelpText('after', `\n${EXAMPLES}`)

  const init = program
    .command('init')
    .description('write img2vid.yaml, from the Dockerfile, flags and a few questions')
    .addOption(flag('--force', 'write over a manifest that is there'))
    .action(
      perform(
        () => import('./commands/init.ts'),
        (m) => [m.init, m.presentInit],
      ),
    )
  questions(overrides(common(init)))

  const build = program
    .command('build')
    .description('build the images of the services into the local Docker engine')
    .action(
      perform(
        () => import('./commands/build.ts'),
        (m) => [m.build, m.presentBuild],
      ),
    )
  images(overrides(common(build)))

  const push = program
    .command('push')
    .description('build the images and push those that the repositories do not have')
    .action(
      perform(
        () => import('./commands/push.ts'),
        (m) => [m.push, m.presentPush],
      ),
    )
  images(overrides(common(push)))

  const deploy = program
    .command('deploy')
    .description('build, push and make the stacks match the manifest; ends with the URL')
    .action(
      perform(
        () => import('./commands/deploy.ts'),
        (m) => [m.deploy, m.presentDeploy],
      ),
    )
  recovery(questions(images(overrides(common(deploy)))))

  const status = program
    .command('status')
    .description('what runs: tasks, health, image, last deployment, URL')
    .action(
      perform(
        () => import('./commands/status.ts'),
        (m) => [m.status, m.presentStatus],
      ),
    )
  common(status)

  const destroy = program
    .command('destroy')
    .description('take an environment away, completely')
    .addOption(flag('--images', 'delete the images and their repositories too'))
    .action(
      perform(
        () => import('./commands/destroy.ts'),
        (m) => [m.destroy, m.presentDestroy],
      ),
    )
  common(destroy)

  const render = program
    .command('render')
    .description('print the finished CloudFormation templates and parameters; changes nothing, needs no credentials')
    .addOption(flag('--out <folder>', 'write them as files into a folder'))
    .action(
      perform(
        () => import('./commands/render.ts'),
        (m) => [m.render, m.presentRender],
      ),
    )
  overrides(common(render))

  const local = program.command('local').description('the embedded AWS of this folder, on which --local works')
  const onLocal = () => import('./commands/local.ts')
  const start = local
    .command('start')
    .description('start it in the background')
    .action(perform(onLocal, (m) => [m.localStart, m.presentLocal]))
  const stop = local
    .command('stop')
    .description('stop it and its containers; what was deployed is kept')
    .action(perform(onLocal, (m) => [m.localStop, m.presentLocalStop]))
  const localStatus = local
    .command('status')
    .description('whether it runs, and where')
    .action(perform(onLocal, (m) => [m.localStatus, m.presentLocal]))
  const reset = local
    .command('reset')
    .description('forget everything that was deployed to it')
    .addOption(flag('--yes', 'do not ask'))
    .action(perform(onLocal, (m) => [m.localReset, m.presentLocalReset]))
  const environment = local
    .command('env')
    .description('print the export lines that point any AWS client at it')
    .addOption(flag('--region <region>', 'AWS region'))
    .action(perform(onLocal, (m) => [m.localEnv, m.presentLocalEnv]))
  for (const command of [start, stop, localStatus, reset, environment]) output(manifest(command))
  faults(local, perform)
  return program
}

function faults(local: Command, perform: Perform): void {
  const load = () => import('./commands/fault.ts')
  const fault = local.command('fault').description('what is ordered to go wrong in the embedded AWS')
  const list = fault
    .command('list')
    .description('what is ordered, and how often it struck')
    .action(perform(load, (m) => [m.faultList, m.presentFaults]))
  const adding = perform(load, (m) => [m.faultAdd, m.presentFault])
  const add = fault
    .command('add <kind>')
    .description('order a fault; see the kinds below')
    .addHelpText('after', `\n${faultHelp()}`)
    .action((kind, flags) => adding({ ...flags, kind }))
  for (const [flags, description] of Object.values(faultFields)) add.addOption(new Option(flags, description))
  add.addOption(new Option('--no-spot', 'only instances on demand'))
  const clearing = perform(load, (m) => [m.faultClear, m.presentFaultClear])
  const clear = fault
    .command('clear [ids...]')
    .description('take back the faults with these ids, or all')
    .action((ids, flags) => clearing({ ...flags, ids }))
  for (const command of [list, add, clear]) output(manifest(command))
}

const EXAMPLES = `Examples:
  img2vid deploy --local                    the whole deployment on this machine, without an account
  img2vid deploy                            to AWS, with questions
  img2vid deploy --env prod --yes --json    from a script
`

/** A flag that is an environment variable too: --health-check is IMG2VID_HEALTH_CHECK. */
function flag(flags: string, description: string, ...choices: readonly string[]): Option {
  const option = new Option(flags, description)
  if (choices.length > 0) option.choices(choices)
  const name = option.long
    ?.replace(/^--(no-)?/, '')
    .replaceAll('-', '_')
    .toUpperCase()
  return option.env(`IMG2VID_${name}`)
}

const number = (option: Option): Option =>
  option.argParser((text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < 0) throw new InvalidNumber(option.long ?? '', text)
    return value
  })

/** A list separated by commas, or by repeating the flag. */
const list = (option: Option): Option =>
  option.argParser((text: string, before: string[] | undefined) => [
    ...(before ?? []),
    ...text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ])

/** Becomes a usage error with the flag's name. */
export class InvalidNumber extends Error {
  constructor(
    readonly flag: string,
    readonly text: string,
  ) {
    super(`${flag} wants a whole number, not ${text}`)
  }
}

const output = (command: Command): Command =>
  command
    .addOption(flag('--json', 'print the result as one JSON document'))
    .addOption(flag('--events', 'tell what goes on as lines of JSON, on stderr'))

const manifest = (command: Command): Command =>
  command.addOption(flag('--manifest <file>', 'the manifest').default('img2vid.yaml'))

const common = (command: Command): Command =>
  output(manifest(command))
    .addOption(flag('--env <name>', 'environment'))
    .addOption(flag('--region <region>', 'AWS region'))
    .addOption(flag('--profile <name>', 'AWS profile'))
    .addOption(flag('--local', 'use the embedded AWS on this machine'))
    .addOption(flag('--yes', 'do not ask'))

const overrides = (command: Command): Command =>
  command
    .addOption(flag('--service <name>', 'the service that the following flags are for'))
    .addOption(flag('--image <uri>', 'an image that exists, instead of a build'))
    .addOption(list(flag('--instance-type <types>', 'GPU instance types, best first, separated by commas')))
    .addOption(flag('--vpc <id>', 'a VPC that exists'))
    .addOption(list(flag('--subnets <ids>', 'public subnets of that VPC, separated by commas')))
    .addOption(list(flag('--security-group <ids>', 'further security groups for the tasks, separated by commas')))
    .addOption(flag('--repo <name>', 'name of the image repository'))
    .addOption(flag('--bucket <name>', 'bucket with the model, read by the containers; sets S3_BUCKET'))
    .addOption(flag('--model <name>', 'name of the model; sets MODEL_NAME'))

const images = (command: Command): Command =>
  command
    .addOption(flag('--tag <tag>', 'a further tag for the images'))
    .addOption(flag('--rebuild', 'build even when the same content was built before'))

const recovery = (command: Command): Command =>
  command
    .addOption(flag('--wait', 'when somebody else works on a stack: wait for the end, then go on'))
    .addOption(flag('--cancel', 'when somebody else works on a stack: give that up, then go on'))
    .addOption(
      flag('--recover', 'when a rollback has failed: continue it, at last without what cannot be brought back'),
    )

const questions = (command: Command): Command =>
  command
    .addOption(flag('--app <name>', 'name of the application'))
    .addOption(flag('--dockerfile <file>', 'the Dockerfile'))
    .addOption(flag('--compute <kind>', 'where it runs', 'fargate', 'gpu'))
    .addOption(number(flag('--port <port>', 'port that the container listens on, 0 for none')))
    .addOption(flag('--healthcheck <path>', 'path that answers 200 when all is well'))
    .addOption(number(flag('--cpu <units>', 'CPU units, 1024 are one vCPU')))
    .addOption(number(flag('--memory <mib>', 'memory in MiB')))
    .addOption(number(flag('--gpus <count>', 'GPUs of each task')))
    .addOption(number(flag('--count <tasks>', 'how many tasks run')))
