import { Command, Option } from 'commander'
import { faultFields, faultHelp } from './commands/fault-kinds.ts'
import type { Context } from './context.ts'
import type { Outcome } from './errors.ts'
import {
  common,
  duration,
  flag,
  fleet,
  images,
  manifest,
  output,
  overrides,
  patience,
  preflight,
  questions,
  recovery,
  timeout,
  wholeNumber,
} from './program/options.ts'

/** A command's body, how its result is said to people, and how good it is; without that, good. */
type Verb<Flags, Result> = readonly [
  /** What has no end is said and printed piece by piece. */
  run: (flags: Flags, context: Context) => Promise<Result> | AsyncIterable<Result>,
  present: (result: Result) => string,
  outcome?: (result: Result) => Outcome,
]

/** Imports a command's module, runs its verb with the flags, and prints what comes of it. */
export type Perform = <Module, Flags, Result>(
  load: () => Promise<Module>,
  verb: (module: Module) => Verb<Flags, Result>,
) => (flags: Flags) => Promise<void>

type Declare = (program: Command, perform: Perform) => void

/** Every command with its flags. Bodies are imported when they are called. */
const COMMANDS: Readonly<Record<string, Declare>> = {
  init(program, perform) {
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
  },

  build(program, perform) {
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
  },

  push(program, perform) {
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
  },

  deploy(program, perform) {
    const deploy = program
      .command('deploy')
      .description('build, push and make the stacks match the manifest; ends with the URL')
      .addOption(
        flag(
          '--express',
          "CloudFormation's express mode, which does not wait until resources are ready: for development",
        ),
      )
      .addOption(flag('--trace <file>', 'write when each step and resource began and ended, for a trace viewer'))
      .action(
        perform(
          () => import('./commands/deploy.ts'),
          (m) => m.deployEach,
        ),
      )
    timeout(recovery(preflight(questions(images(overrides(fleet(common(deploy))))))))
  },

  doctor(program, perform) {
    const doctor = program
      .command('doctor')
      .description('look whether a deployment can succeed; changes nothing')
      .action(
        perform(
          () => import('./commands/doctor.ts'),
          (m) => [m.doctor, m.presentDoctor, m.doctorOutcome],
        ),
      )
    overrides(common(doctor))
  },

  status(program, perform) {
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
  },

  scale(program, perform) {
    const scaling = perform(
      () => import('./commands/scale.ts'),
      (m) => [m.scale, m.presentScale],
    )
    const scale = program
      .command('scale <service> <tasks>')
      .description('how many tasks a service runs from now on, also none')
      .action((name, tasks, flags) => scaling({ ...flags, name, tasks: wholeNumber('<tasks>', tasks) }))
    common(scale)
  },

  destroy(program, perform) {
    const destroy = program
      .command('destroy')
      .description('take an environment away, completely')
      .addOption(flag('--images', 'delete the images and their repositories too'))
      .addOption(flag('--service <name>', 'this service alone, also one that the manifest no longer has'))
      .action(
        perform(
          () => import('./commands/destroy.ts'),
          (m) => m.destroyEach,
        ),
      )
    timeout(patience(fleet(common(destroy))))
  },

  watch(program, perform) {
    const watch = program
      .command('watch')
      .description('follow what goes on in an environment, whoever began it')
      .action(
        perform(
          () => import('./commands/watch.ts'),
          (m) => [m.watch, m.presentWatch],
        ),
      )
    timeout(common(watch))
  },

  logs(program, perform) {
    const reading = perform(
      () => import('./commands/logs.ts'),
      (m) => [m.logs, m.presentLine],
    )
    const logs = program
      .command('logs [service]')
      .description('the lines of a service’s tasks; with --json one JSON document a line')
      .addOption(flag('--task <id>', 'only those of the task whose id begins so'))
      .addOption(flag('--previous', 'those of the task that died last'))
      .addOption(flag('--follow', 'go on with lines as they come'))
      .addOption(duration(flag('--since <time>', 'how far back: 90s, 10m, 1h (default 1h; for one task, all)')))
      .addOption(flag('--filter <pattern>', 'only lines that match a filter pattern of CloudWatch Logs'))
      .action((name, flags) => reading({ ...flags, ...(name !== undefined && { name }) }))
    common(logs)
  },

  why(program, perform) {
    const explaining = perform(
      () => import('./commands/why.ts'),
      (m) => [m.why, m.presentTold],
    )
    const why = program
      .command('why [run]')
      .description('why the last run failed, or the one that is named; what was seen, and what to do')
      .addOption(flag('--list', 'the runs of this folder'))
      .action((run, flags) => explaining({ ...flags, ...(run !== undefined && { run }) }))
    common(why)
  },

  render(program, perform) {
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
  },

  local(program, perform) {
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
  },
}

/** All commands, or the one that the first word names, where it names one: to declare the others takes longer than Node's start. */
export function createProgram(version: string, perform: Perform, word = ''): Command {
  const program = new Command('img2vid')
    .description(
      'Puts the container of a Dockerfile on Amazon ECS in your own account, on Fargate or on GPU instances, and gives you its URL',
    )
    .version(version)
    // As wide as what was laid out when the package was built.
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, helpWidth: 80 })
    .enablePositionalOptions(false)
    .addHelpText('after', `\n${EXAMPLES}`)
  const declare = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined
  for (const one of declare ? [declare] : Object.values(COMMANDS)) one(program, perform)
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
