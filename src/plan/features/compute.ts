import * as z from 'zod'
import { fargateSize } from '../fargate.ts'
import { defaultGpuInstances, gpuTaskMemory, memoryForTasks } from '../instances.ts'
import { computeChecks } from '../manifest/checks/compute.ts'
import { text, wants } from '../manifest/fields.ts'
import type { Compute } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { defaultPlainInstances } from '../plain-instances.ts'
import type { Feature } from './feature.ts'
import { isDaemon } from './placement.ts'
import { resolvePlatform } from './platform.ts'

export const computeFields = {
  compute: z
    .enum(['fargate', 'gpu', 'ec2', 'managed', 'external'])
    .optional()
    .describe(
      'fargate (default); gpu: instances with NVIDIA GPUs; ec2: plain instances; managed: instances that ECS looks after; external: machines that are not AWS’s',
    ),
  cpu: wants('a whole number of CPU units, 1024 for each vCPU', z.int().positive())
    .optional()
    .describe('CPU units, 1024 are one vCPU'),
  memory: wants('a whole number of MiB, such as 2048', z.int().positive()).optional().describe('memory in MiB'),
  gpus: z.int().positive().optional().describe('GPUs of each task'),
  instances: wants('a list of instance types', z.array(text).min(1))
    .optional()
    .describe('instance types in order of preference'),
}

const CPU = 256
const MEMORY = 512
/** A plain instance that one did not choose holds a few tasks. */
const TASKS_ON_DEFAULT = 2

export function resolveCompute(service: ManifestService): Compute {
  const { cpu, memory, gpus, compute } = service
  const size = { cpu: cpu ?? CPU, memory: memory ?? MEMORY }
  switch (compute) {
    case 'gpu': {
      const instances = service.instances ?? defaultGpuInstances
      return {
        kind: 'gpu',
        gpus: gpus ?? 1,
        instances,
        cpu,
        memory: memory ?? gpuTaskMemory(instances, gpus ?? 1) ?? 0,
      }
    }
    case 'ec2':
      return { kind: 'ec2', gpus: 0, instances: isDaemon(service) ? [] : plainTypes(service, size), ...size }
    case 'managed':
      return { kind: 'managed', gpus: gpus ?? 0, instances: service.instances ?? [], ...size }
    case 'external':
      return { kind: 'external', gpus: gpus ?? 0, ...size }
    default:
      return { kind: 'fargate', ...fargateSize(cpu, memory) }
  }
}

const plainTypes = (service: ManifestService, { cpu, memory }: { cpu: number; memory: number }): readonly string[] =>
  service.instances ??
  defaultPlainInstances(
    resolvePlatform(service) === 'linux/arm64',
    (one) => one.vcpus * 1024 >= cpu * TASKS_ON_DEFAULT && memoryForTasks(one) >= memory * TASKS_ON_DEFAULT,
  )

export const compute: Feature = {
  checks: computeChecks,
  parameters: ({ service: { compute: size } }) => ({ Cpu: size.cpu ?? 0, Memory: size.memory }),
}
