import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import type { DockerfileFacts } from '../plan/dockerfile.ts'
import { defaultGpuInstances, gpuInstance, gpuInstances, gpuText, instanceOf } from '../plan/instances.ts'
import type { Answers } from '../plan/manifest/starter.ts'
import { nameFrom } from '../plan/names.ts'
import type { CommonFlags, OverrideFlags } from './flags.ts'

export interface InitFlags extends CommonFlags, OverrideFlags {
  readonly app?: string
  readonly dockerfile?: string
  readonly compute?: 'fargate' | 'ec2' | 'gpu'
  readonly port?: number
  readonly healthcheck?: string
  readonly cpu?: number
  readonly memory?: number
  readonly gpus?: number
  readonly count?: number
  /** Write over a manifest that is there. */
  readonly force?: boolean
}

export interface Initialised {
  readonly manifest: string
  /** The files that are new or say more now. */
  readonly written: readonly string[]
  readonly app: string
  readonly environment: string
  readonly service: string
  readonly compute: string
}

/**
 * Learns what it can from flags and Dockerfile, asks for the rest, and writes the manifest. `alsoMissing` are flags that
 * the caller misses itself, so that all are named at once.
 */
export async function init(
  flags: InitFlags,
  context: Context,
  alsoMissing: readonly string[] = [],
): Promise<Initialised> {
  const { ask, files } = context
  if (!flags.force && (await files.exists(flags.manifest))) await mayReplace(flags, context)
  const answers = await learn(flags, context, alsoMissing)
  // The first question does not wait for what is needed after the last.
  const { starterIgnore, starterManifest } = await import('../plan/manifest/starter.ts')
  const { readManifest } = await import('../plan/manifest/read.ts')
  const { resolveEnvironment } = await import('../plan/manifest/environment.ts')
  const text = starterManifest(answers)
  // What comes from flags is checked like what comes from a file, before anything is written.
  resolveEnvironment(readManifest(text, flags.manifest), answers.environment)
  await files.write(flags.manifest, text)
  const dockerignore = files.absolute(flags.manifest, '..', '.dockerignore')
  const ignored = 'dockerfile' in answers.image ? starterIgnore(await files.read(dockerignore)) : undefined
  if (ignored !== undefined) await files.write(dockerignore, ignored)
  const written = [flags.manifest, ...(ignored === undefined ? [] : ['.dockerignore'])]
  if (ask.interactive) context.ui.show({ type: 'note', text: `wrote ${written.join(' and ')}` })
  const { app, environment, service, compute } = answers
  return { manifest: flags.manifest, written, app, environment, service, compute }
}

export const presentInit = ({ written, environment }: Initialised): string =>
  `${written.join(' and ')} ${written.length > 1 ? 'are' : 'is'} written; next: img2vid deploy --env ${environment}, or with --local to rehearse it here`

async function mayReplace({ manifest }: InitFlags, { ask }: Context): Promise<void> {
  if (
    ask.interactive &&
    (await ask.confirm({ message: `${manifest} is there already. Write over it?`, initial: false }))
  )
    return
  throw new UserError(ask.interactive ? 'cancelled' : 'usage', `${manifest} is there already and was left as it is`, {
    hint: 'write over it with img2vid init --force, or name another file with --manifest',
  })
}

/** A question whose answer is a flag, is detected, or is asked for. Collects the flags that nobody answered. */
interface Interview {
  readonly missing: string[]
  readonly interactive: boolean
}

async function learn(flags: InitFlags, context: Context, alsoMissing: readonly string[]): Promise<Answers> {
  const { ask, files } = context
  // --yes takes every default, so that nothing is left to ask.
  const interview: Interview = { missing: [...alsoMissing], interactive: ask.interactive && !flags.yes }
  const app = await appName(flags, context, interview)
  const image = await imageSource(flags, context, interview)
  const facts = await factsOf(image, flags, files)
  const compute = await computeKind(flags, facts, context, interview)
  const instances = compute === 'gpu' ? await instanceTypes(flags, context, interview) : (flags.instanceType ?? [])
  const port = await portNumber(flags, facts, context, interview)
  const healthCheckPath = port === undefined ? '/' : await healthCheck(flags, facts, context, interview)
  if (interview.missing.length > 0) throw missingFlags(interview.missing)
  return {
    app: app ?? '',
    image: image ?? { location: '' },
    service: flags.service ?? 'web',
    compute,
    instances,
    port,
    healthCheckPath,
    stickiness: facts?.streamlit ?? false,
    environment: flags.env ?? 'dev',
    cpu: flags.cpu,
    memory: flags.memory,
    gpus: flags.gpus,
    count: flags.count,
    region: flags.region,
    repository: flags.repo,
    bucket: flags.bucket,
    model: flags.model,
    vpc: flags.vpc,
    subnets: flags.subnets,
    securityGroups: flags.securityGroup,
  }
}

export function missingFlags(missing: readonly string[]): UserError {
  const problems = missing.map((flag) => ({ path: flag, message: 'is missing' }))
  return new UserError('usage', 'There is no terminal to ask at, and these answers are missing', {
    hint: `add ${missing.join(' ')}`,
    problems,
  })
}

async function appName(
  flags: InitFlags,
  { ask, files }: Context,
  { interactive, missing }: Interview,
): Promise<string | undefined> {
  if (flags.app !== undefined) return flags.app
  const folder = files.absolute(flags.manifest, '..').split(/[\\/]/).at(-1) ?? ''
  const initial = nameFrom(folder)
  if (interactive) {
    const validate = (answer: string) =>
      nameFrom(answer) === answer ? undefined : 'lower-case letters, digits and hyphens, a letter first'
    return ask.text({ message: 'App name', validate, ...(initial !== undefined && { initial }) })
  }
  if (initial === undefined) missing.push('--app NAME')
  return initial
}

async function imageSource(
  flags: InitFlags,
  { ask, files }: Context,
  { interactive, missing }: Interview,
): Promise<Answers['image'] | undefined> {
  if (flags.image !== undefined) return { location: flags.image }
  const base = files.absolute(flags.manifest, '..')
  const found = (path: string) => files.exists(files.absolute(base, path))
  if (flags.dockerfile !== undefined) {
    if (await found(flags.dockerfile)) return { dockerfile: flags.dockerfile }
    throw new UserError('usage', `There is no Dockerfile at ${flags.dockerfile}`, {
      problems: [{ path: '--dockerfile', message: 'no such file' }],
    })
  }
  const standard = await found('Dockerfile')
  if (standard && !interactive) return { dockerfile: 'Dockerfile' }
  if (!interactive) {
    missing.push('--dockerfile FILE or --image URI')
    return undefined
  }
  const answer = await ask.text({
    message: standard ? 'Dockerfile' : 'No Dockerfile here. Path of one, or the name of an existing image',
    ...(standard && { initial: 'Dockerfile' }),
    validate: (text) => (text.trim() === '' ? 'a path or an image' : undefined),
  })
  return (await found(answer)) ? { dockerfile: answer.replace(/^\.\//, '') } : { location: answer }
}

async function factsOf(
  image: Answers['image'] | undefined,
  { manifest }: InitFlags,
  files: Context['files'],
): Promise<DockerfileFacts | undefined> {
  if (!image || !('dockerfile' in image)) return undefined
  const text = await files.read(files.absolute(manifest, '..', image.dockerfile))
  const { readDockerfile } = await import('../plan/dockerfile.ts')
  return text === undefined ? undefined : readDockerfile(text)
}

async function computeKind(
  { compute, instanceType, gpus }: InitFlags,
  facts: DockerfileFacts | undefined,
  { ask, ui }: Context,
  { interactive }: Interview,
): Promise<Answers['compute']> {
  if (compute !== undefined) return compute
  if (instanceType || gpus !== undefined) return gpus === undefined && instanceType?.every(isPlain) ? 'ec2' : 'gpu'
  const detected = facts?.cudaBase === undefined ? 'fargate' : 'gpu'
  if (!interactive) return detected
  if (facts?.cudaBase !== undefined)
    ui.show({ type: 'note', text: `The image is based on ${facts.cudaBase}: it needs a GPU.` })
  return ask.choose({
    message: 'Where does it run',
    initial: detected,
    choices: [
      { value: 'fargate', label: 'Fargate, without instances of your own' },
      { value: 'ec2', label: 'EC2 instances' },
      { value: 'gpu', label: 'GPU instances on EC2' },
    ],
  })
}

async function instanceTypes(
  { instanceType }: InitFlags,
  { ask }: Context,
  { interactive }: Interview,
): Promise<readonly string[]> {
  if (instanceType) return instanceType
  if (!interactive) return defaultGpuInstances
  const offered = gpuInstances.filter(({ gpus, vcpus }) => gpus === 1 && vcpus <= 8)
  const first = defaultGpuInstances.flatMap((type) => gpuInstance(type) ?? [])
  const rest = offered.filter(({ type }) => !first.some((one) => one.type === type))
  return ask.chooseSome({
    message: 'Instance types, best first',
    choices: [...first, ...rest].map((instance) => ({
      value: instance.type,
      label: `${instance.type} (${gpuText(instance)})`,
      checked: (defaultGpuInstances as readonly string[]).includes(instance.type),
    })),
  })
}

const isPlain = (type: string): boolean => instanceOf(type)?.gpus === 0

const STREAMLIT_PORT = 8501

/** 0 says that the container listens on no port. */
async function portNumber(
  { port }: InitFlags,
  facts: DockerfileFacts | undefined,
  { ask }: Context,
  { interactive, missing }: Interview,
): Promise<number | undefined> {
  if (port !== undefined) return port === 0 ? undefined : port
  const detected = facts?.port ?? (facts?.streamlit ? STREAMLIT_PORT : undefined)
  if (detected !== undefined) return detected
  if (!interactive) {
    missing.push('--port PORT (0 for none)')
    return undefined
  }
  const answer = await ask.text({
    message: 'Port that the container listens on (0 for none)',
    validate: (text) => (/^\d+$/.test(text) && Number(text) <= 65_535 ? undefined : 'a number from 0 to 65535'),
  })
  return Number(answer) || undefined
}

async function healthCheck(
  { healthcheck }: InitFlags,
  facts: DockerfileFacts | undefined,
  { ask }: Context,
  { interactive }: Interview,
): Promise<string> {
  if (healthcheck !== undefined) return healthcheck
  const initial = facts?.healthCheckPath ?? (facts?.streamlit ? '/_stcore/health' : '/')
  if (!interactive) return initial
  return ask.text({
    message: 'Health check path',
    initial,
    validate: (text) => (text.startsWith('/') ? undefined : 'a path begins with /'),
  })
}
