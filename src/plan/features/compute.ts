import * as z from 'zod'
import { fargateSize, fargateSizeProblem } from '../fargate.ts'
import {
  defaultGpuInstances,
  type GpuInstance,
  gpuInstance,
  gpuInstances,
  gpuTaskMemory,
  isInstanceType,
  memoryForTasks,
} from '../instances.ts'
import type { Check, ServiceFinding } from '../manifest/checks/places.ts'
import { text, wants } from '../manifest/fields.ts'
import type { Compute } from '../manifest/model.ts'
import { meant } from '../manifest/nearest.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { tasksOf } from '../scaling/tasks.ts'
import { withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

export const computeFields = {
  compute: z.enum(['fargate', 'gpu']).optional().describe('fargate (default), or gpu for instances with NVIDIA GPUs'),
  platform: z.enum(['linux/amd64', 'linux/arm64']).optional().describe('platform of the image and its task'),
  cpu: wants('a whole number of CPU units, 1024 for each vCPU', z.int().positive())
    .optional()
    .describe('CPU units, 1024 are one vCPU'),
  memory: wants('a whole number of MiB, such as 2048', z.int().positive()).optional().describe('memory in MiB'),
  gpus: z.int().positive().optional().describe('GPUs of each task'),
  instances: wants('a list of instance types', z.array(text).min(1))
    .optional()
    .describe('instance types in order of preference'),
}

export function resolveCompute(service: ManifestService): Compute {
  const { cpu, memory } = service
  if (service.compute !== 'gpu') return { kind: 'fargate', ...fargateSize(cpu, memory) }
  const gpus = service.gpus ?? 1
  const instances = service.instances ?? defaultGpuInstances
  return { kind: 'gpu', gpus, instances, cpu, memory: memory ?? gpuTaskMemory(instances, gpus) ?? 0 }
}

const fargateFits: Check = ({ cpu, memory, gpus, instances }, { compute }) => {
  if (compute.kind !== 'fargate') return []
  const size = fargateSizeProblem(cpu, memory)
  const because = size?.key === 'cpu' ? ['memory'] : ['cpu']
  return [
    ...(size ? [{ at: [size.key], because, message: size.message }] : []),
    ...(gpus === undefined ? [] : [{ at: ['gpus'], because: ['compute'], message: `Fargate has no GPUs; ${USE_GPU}` }]),
    ...(instances === undefined
      ? []
      : [{ at: ['instances'], because: ['compute'], message: `Fargate has no instances to choose; ${USE_GPU}` }]),
  ]
}
const USE_GPU = 'set compute: gpu, or leave it out'

const gpuPlatform: Check = ({ platform }, { compute }) =>
  compute.kind === 'gpu' && platform === 'linux/arm64'
    ? [
        {
          at: ['platform'],
          because: ['compute'],
          message: 'there is no GPU machine image for Arm; leave it linux/amd64',
        },
      ]
    : []

type GpuCompute = Extract<Compute, { kind: 'gpu' }>

const gpuFits: Check = (service, { compute, ...resolved }) => {
  if (compute.kind !== 'gpu') return []
  const findings = compute.instances.flatMap((type, index): ServiceFinding[] => {
    const at = ['instances', index]
    if (compute.instances.indexOf(type) < index) return [{ at, message: `${type} is listed twice` }]
    const instance = gpuInstance(type)
    return instance ? tooSmall(instance, compute, at) : unknownType(type, service.memory !== undefined, at)
  })
  const counts = new Set(compute.instances.map((type) => gpuInstance(type)?.gpus).filter((gpus) => gpus !== undefined))
  return findings.length === 0 && counts.size > 1 && tasksOf(resolved).most > 1
    ? [{ at: ['instances'], message: 'types with different numbers of GPUs cannot scale together; choose one number' }]
    : findings
}

/** A type that is newer than our table is taken when nothing has to be known of it. */
function unknownType(type: string, hasMemory: boolean, at: ServiceFinding['at']): ServiceFinding[] {
  const suggestion = meant(
    type,
    gpuInstances.map((one) => one.type),
  )
  if (!isInstanceType(type)) return [{ at, message: `${type} is no instance type${suggestion}` }]
  if (!/^(g|p)\d/.test(type)) return [{ at, message: `${type} has no NVIDIA GPU${suggestion}` }]
  if (hasMemory) return []
  const newer = 'type needs memory: beside it'
  return [{ at, message: `${type} is unknown${suggestion ? `${suggestion} A newer ${newer}` : `; a newer ${newer}`}` }]
}

function tooSmall(instance: GpuInstance, compute: GpuCompute, at: ServiceFinding['at']): ServiceFinding[] {
  const { type, gpus, vcpus } = instance
  const memory = memoryForTasks(instance)
  if (gpus < compute.gpus) {
    const message = `${type} has ${gpus} GPU${gpus > 1 ? 's' : ''}, a task wants ${compute.gpus}`
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

export const compute: Feature = {
  checks: [fargateFits, gpuPlatform, gpuFits],
  service: (template, { service }) =>
    service.platform === 'linux/amd64'
      ? template
      : withProperties(template, 'TaskDefinition', (properties) => ({
          ...properties,
          RuntimePlatform: { OperatingSystemFamily: 'LINUX', CpuArchitecture: 'ARM64' },
        })),
  parameters: ({ service: { compute: size } }) => ({ Cpu: size.cpu ?? 0, Memory: size.memory }),
}
