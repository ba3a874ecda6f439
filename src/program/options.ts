import { type Command, Option } from 'commander'

/** A flag that is an environment variable too: --health-check is IMG2VID_HEALTH_CHECK. */
export function flag(flags: string, description: string, ...choices: readonly string[]): Option {
  const option = new Option(flags, description)
  if (choices.length > 0) option.choices(choices)
  const name = option.long
    ?.replace(/^--(no-)?/, '')
    .replaceAll('-', '_')
    .toUpperCase()
  return option.env(`IMG2VID_${name}`)
}

const number = (option: Option): Option => option.argParser((text) => wholeNumber(option.long ?? '', text))

/** Of a flag or an argument. */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < 0) throw new WrongFlag(name, 'a whole number', text)
  return value
}

/** As seconds: `90s`, `30m`, `1h`, or a number of seconds. */
export const duration = (option: Option): Option =>
  option.argParser((text) => {
    const [, amount, unit = 's'] = /^([1-9]\d{0,6})([smh]?)$/.exec(text.trim()) ?? []
    if (amount === undefined) throw new WrongFlag(option.long ?? '', 'a time such as 90s, 30m or 1h', text)
    return Number(amount) * (UNITS[unit] ?? 1)
  })

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

/** A tag of an image; those that stand for content or a commit are not for people to choose. */
const tag = (option: Option): Option =>
  option.argParser((text) => {
    if (/^(?!content-|git-|simulated-)\w[\w.-]{0,127}$/.test(text)) return text
    throw new WrongFlag(
      option.long ?? '',
      'letters, digits, dots, hyphens and underscores (content-, git- and simulated- are taken)',
      text,
    )
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
export class WrongFlag extends Error {
  constructor(
    readonly flag: string,
    readonly wanted: string,
    readonly text: string,
  ) {
    super(`${flag} wants ${wanted}, not ${text}`)
  }
}

export const output = (command: Command): Command =>
  command
    .addOption(flag('--json', 'print the result as one JSON document'))
    .addOption(flag('--events', 'tell what goes on as lines of JSON, on stderr'))

export const manifest = (command: Command): Command =>
  command.addOption(flag('--manifest <file>', 'the manifest').default('img2vid.yaml'))

export const common = (command: Command): Command =>
  output(manifest(command))
    .addOption(flag('--env <names>', 'environment; for deploy, status and destroy also all, a list or a pattern'))
    .addOption(flag('--region <region>', 'AWS region'))
    .addOption(flag('--profile <name>', 'AWS profile'))
    .addOption(flag('--local', 'use the embedded AWS on this machine'))
    .addOption(flag('--yes', 'do not ask'))

export const overrides = (command: Command): Command =>
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

export const images = (command: Command): Command =>
  command
    .addOption(tag(flag('--tag <tag>', 'a further tag for the images')))
    .addOption(flag('--rebuild', 'build even when the same content was built before'))

export const timeout = (command: Command): Command =>
  command.addOption(duration(flag('--timeout <time>', 'leave after this long, such as 30m; AWS goes on')))

export const fleet = (command: Command): Command =>
  command.addOption(number(flag('--at-once <count>', 'how many environments at once, when --env means several')))

export const preflight = (command: Command): Command =>
  command.addOption(flag('--skip-checks', 'go on without looking beforehand whether it can succeed'))

/** When somebody else works on a stack. */
export const patience = (command: Command): Command =>
  command
    .addOption(flag('--wait', 'when somebody else works on a stack: wait for the end, then go on'))
    .addOption(flag('--cancel', 'when somebody else works on a stack: give that up, then go on'))

export const recovery = (command: Command): Command =>
  patience(command)
    .addOption(flag('--attach', 'when somebody else works on a stack: follow that to its end, and deploy nothing'))
    .addOption(
      flag('--recover', 'when a rollback has failed: continue it, at last without what cannot be brought back'),
    )

export const questions = (command: Command): Command =>
  command
    .addOption(flag('--app <name>', 'name of the application'))
    .addOption(flag('--dockerfile <file>', 'the Dockerfile'))
    .addOption(flag('--compute <kind>', 'where it runs', 'fargate', 'ec2', 'gpu'))
    .addOption(number(flag('--port <port>', 'port that the container listens on, 0 for none')))
    .addOption(flag('--healthcheck <path>', 'path that answers 200 when all is well'))
    .addOption(number(flag('--cpu <units>', 'CPU units, 1024 are one vCPU')))
    .addOption(number(flag('--memory <mib>', 'memory in MiB')))
    .addOption(number(flag('--gpus <count>', 'GPUs of each task')))
    .addOption(number(flag('--count <tasks>', 'how many tasks run')))
