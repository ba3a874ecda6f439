import { fargateSizeProblem } from '../../fargate.ts'
import {
  type GpuInstance,
  gpuInstance,
  gpuInstances,
  instanceOf,
  isInstanceType,
  memoryForTasks,
} from '../../instances.ts'
import { isArm, type PlainInstance, plainInstances } from '../../plain-instances.ts'
import { tasksOf } from '../../scaling/tasks.ts'
import type { Compute } from '../model.ts'
import { meant } from '../nearest.ts'
import type { Check, ServiceFinding } from './places.ts'

const fargateFits: Check = ({ cpu, memory, gpus, instances, host }, { compute }) => {
  if (compute.kind !== 'fargate') return []
  const size = fargateSizeProblem(cpu, memory)
  const because = size?.key === 'cpu' ? ['memory'] : ['cpu']
  const no = (key: string, value: unknown, message: string): ServiceFinding[] =>
    value === undefined ? [] : [{ at: [key], because: ['compute'], message }]
  return [
    ...(size ? [{ at: [size.key], because, message: size.message }] : []),
    ...no('gpus', gpus, `Fargate has no GPUs; ${USE_GPU}`),
    ...no('instances', instances, `Fargate has no instances to choose; ${USE_GPU}`),
    ...no('host', host, 'Fargate has no instances; compute: ec2 and gpu have'),
  ]
}
const USE_GPU = 'set compute: gpu, or leave it out'

const notOfThese: Check = ({ gpus, instances, host }, { compute }) => {
  const { kind } = compute
  const because = ['compute']
  return [
    ...(gpus !== undefined && kind === 'ec2'
      ? [{ at: ['gpus'], because, message: 'plain instances have no GPUs; set compute: gpu' }]
      : []),
    ...(instances && kind === 'external'
      ? [{ at: ['instances'], because, message: 'are yours, of whatever type; leave it out' }]
      : []),
    ...(host && kind === 'external'
      ? [{ at: ['host'], because, message: 'is not ours to set up there; compute: ec2 and gpu have it' }]
      : []),
    ...(host && kind === 'managed'
      ? Object.keys(host)
          .filter((key) => key !== 'disk')
          .map((key) => ({ at: ['host', key], because, message: 'is for ECS to decide there, all but the disk' }))
      : []),
  ]
}

const gpuPlatform: Check = ({ platform: given }, { compute, platform }) =>
  compute.kind === 'gpu' && given !== undefined && platform === 'linux/arm64'
    ? [
        {
          at: ['platform'],
          because: ['compute'],
          message: 'there is no GPU machine image for Arm; leave it linux/amd64',
        },
      ]
    : []

/** Machine images are for one kind of processor. */
const onePlatform: Check = ({ platform: given, instances = [] }, { compute, platform }) => {
  if (compute.kind !== 'ec2' && compute.kind !== 'managed') return []
  const arm = platform === 'linux/arm64'
  const odd = instances.find((type) => isInstanceType(type) && isArm(type) !== arm)
  if (odd === undefined) return []
  const message = `${odd} has ${arm ? 'x86' : 'Arm'} processors, and the tasks are for ${platform}${given === undefined ? '; choose types of one kind' : ''}`
  return [{ at: ['instances', instances.indexOf(odd)], because: ['platform'], message }]
}

/** Patterns of types, and types of which it is known whether a task has room on them. */
const patternsFit: Check = (_service, { compute }) => {
  if (compute.kind !== 'managed') return []
  return compute.instances.flatMap((type, index): ServiceFinding[] => {
    const at = ['instances', index]
    if (!/^[a-z0-9*-]+(\.[a-z0-9*-]+)?$/.test(type) || !/[.*]/.test(type))
      return [{ at, message: `${type} is no instance type and no pattern of types, such as g6.*` }]
    const instance = instanceOf(type)
    return instance ? tooSmall(instance, compute, at) : []
  })
}

type Instances = Extract<Compute, { kind: 'gpu' | 'ec2' }>

const typesFit: Check = (service, resolved) => {
  const { compute } = resolved
  if (compute.kind !== 'gpu' && compute.kind !== 'ec2') return []
  const findings = compute.instances.flatMap((type, index): ServiceFinding[] => {
    const at = ['instances', index]
    if (compute.instances.indexOf(type) < index) return [{ at, message: `${type} is listed twice` }]
    if (compute.kind === 'ec2' && gpuInstance(type))
      return [{ at, message: `${type} has GPUs; set compute: gpu for them` }]
    const instance = compute.kind === 'gpu' ? gpuInstance(type) : instanceOf(type)
    return instance
      ? tooSmall(instance, compute, at)
      : unknownType(type, compute.kind, service.memory !== undefined, at)
  })
  const counts = new Set(compute.instances.map((type) => gpuInstance(type)?.gpus).filter((gpus) => gpus !== undefined))
  return findings.length === 0 && counts.size > 1 && tasksOf(resolved).most > 1
    ? [{ at: ['instances'], message: 'types with different numbers of GPUs cannot scale together; choose one number' }]
    : findings
}

/** A type that is newer than our table is taken when nothing has to be known of it. */
function unknownType(
  type: string,
  kind: Instances['kind'],
  hasMemory: boolean,
  at: ServiceFinding['at'],
): ServiceFinding[] {
  const known = kind === 'gpu' ? gpuInstances : plainInstances
  const suggestion = meant(
    type,
    known.map((one) => one.type),
  )
  if (!isInstanceType(type)) return [{ at, message: `${type} is no instance type${suggestion}` }]
  if (kind === 'gpu' && !/^(g|p)\d/.test(type)) return [{ at, message: `${type} has no NVIDIA GPU${suggestion}` }]
  if (hasMemory) return []
  const newer = 'type needs memory: beside it'
  return [{ at, message: `${type} is unknown${suggestion ? `${suggestion} A newer ${newer}` : `; a newer ${newer}`}` }]
}

function tooSmall(
  instance: GpuInstance | PlainInstance,
  compute: Pick<Instances, 'gpus' | 'cpu' | 'memory'>,
  at: ServiceFinding['at'],
): ServiceFinding[] {
  const { type, gpus, vcpus } = instance
  const memory = memoryForTasks(instance)
  if (gpus < compute.gpus) {
    const message = `${type} has ${gpus === 0 ? 'no GPU' : gpus === 1 ? '1 GPU' : `${gpus} GPUs`}, a task wants ${compute.gpus}`
    return [{ at, because: ['gpus'], message }]
  }
  if (compute.memory > memory) {
    const message = `${type} has about ${memory} MiB for tasks, a task wants ${compute.memory}`
    return [{ at, because: ['memory'], message }]
  }
  return (compute.cpu ?? 0) > vcpus * 1024
    ? [{ at, because: ['cpu'], message: `${type} has ${vcpus * 1024} CPU units, a task wants ${compute.cpu}` }]
    : []
}

export const computeChecks: readonly Check[] = [
  fargateFits,
  notOfThese,
  gpuPlatform,
  onePlatform,
  patternsFit,
  typesFit,
]
