import * as z from 'zod'
import type { Check, ContainerCheck } from '../manifest/checks/places.ts'
import { containersOf } from '../manifest/containers.ts'
import { pattern, wants } from '../manifest/fields.ts'
import type { Feature } from './feature.ts'

const ULIMITS = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const

const amount = wants('a whole number of MiB, such as 64', z.int().positive())
/** As setrlimit has it: -1 is no limit. */
const limit = wants('a whole number, -1 for no limit', z.int().min(-1))

export const limitsFields = {
  limits: z
    .strictObject({
      cpu: wants('a whole number of CPU units, 1024 for each vCPU', z.int().positive()).optional(),
      memory: amount.optional().describe('MiB above which the container is killed'),
      memory_reservation: amount.optional().describe('MiB that are kept for it; it may have more while there is more'),
    })
    .optional()
    .describe('this container’s share of its task’s cpu and memory'),
  ulimits: z
    .partialRecord(
      z.enum(ULIMITS),
      wants('a number, or soft and hard', z.union([limit, z.strictObject({ soft: limit, hard: limit })])),
    )
    .optional()
    .describe('limits of the container’s processes, such as nofile: 65536'),
  shared_memory: amount.optional().describe('MiB of /dev/shm'),
  tmpfs: z
    .record(pattern('a path that begins with /', /^\/.+$/), amount)
    .optional()
    .describe('folders in memory, with their sizes in MiB'),
}

const ulimits: ContainerCheck = ({ ulimits: all = {} }, { compute }) =>
  Object.entries(all).flatMap(([name, value]) => {
    const at = ['ulimits', name]
    const { soft, hard } = typeof value === 'object' ? value : { soft: value, hard: value }
    if (hard !== -1 && (soft === -1 || soft > hard)) return [{ at, message: 'soft cannot be more than hard' }]
    return compute.kind === 'fargate' && name !== 'nofile'
      ? [{ at, because: ['compute'], message: 'Fargate lets only nofile be set; instances the others (compute: ec2)' }]
      : []
  })

const inMemory: ContainerCheck = ({ shared_memory, tmpfs }, { compute }) => {
  const without = { fargate: 'Fargate has', managed: 'Managed Instances have' }[compute.kind as string]
  if (without === undefined) return []
  const message = (what: string) => `${without} no ${what}; plain and GPU instances do (compute: ec2 or gpu)`
  return [
    ...(shared_memory === undefined
      ? []
      : [{ at: ['shared_memory'], because: ['compute'], message: message('shared memory of a size of one’s own') }]),
    ...(tmpfs === undefined ? [] : [{ at: ['tmpfs'], because: ['compute'], message: message('folders in memory') }]),
  ]
}

const reservation: ContainerCheck = ({ limits = {} }) =>
  (limits.memory_reservation ?? 0) > (limits.memory ?? Number.POSITIVE_INFINITY)
    ? [{ at: ['limits', 'memory_reservation'], because: ['limits', 'memory'], message: 'is more than limits.memory' }]
    : []

/** A task has so much, and its containers share it. */
const shares: Check = (service, { name, compute }) => {
  const containers = containersOf(name, service)
  return (['cpu', 'memory'] as const).flatMap((what) => {
    const total = containers.reduce((sum, { settings: { limits = {} } }) => {
      return sum + (limits[what] ?? (what === 'memory' ? limits.memory_reservation : undefined) ?? 0)
    }, 0)
    const has = compute[what]
    const last = containers.findLast(({ settings: { limits = {} } }) => limits[what] ?? limits.memory_reservation)
    if (has === undefined || total <= has || !last) return []
    const unit = what === 'cpu' ? 'CPU units' : 'MiB'
    const message = `the containers want ${total} ${unit} together, and their task has ${has}`
    return [{ at: last.place(['limits', what]), because: [what], message }]
  })
}

export const limits: Feature = {
  checks: [shares],
  containerChecks: [ulimits, inMemory, reservation],
  container: ({ limits: own, ulimits: all, shared_memory, tmpfs }) => ({
    ...(own?.cpu !== undefined && { Cpu: own.cpu }),
    ...(own?.memory !== undefined && { Memory: own.memory }),
    ...(own?.memory_reservation !== undefined && { MemoryReservation: own.memory_reservation }),
    ...(all && {
      Ulimits: Object.entries(all).map(([Name, value]) => {
        const { soft, hard } = typeof value === 'object' ? value : { soft: value, hard: value }
        return { Name, SoftLimit: soft, HardLimit: hard }
      }),
    }),
    ...((shared_memory !== undefined || tmpfs) && {
      LinuxParameters: {
        ...(shared_memory !== undefined && { SharedMemorySize: shared_memory }),
        ...(tmpfs && { Tmpfs: Object.entries(tmpfs).map(([ContainerPath, Size]) => ({ ContainerPath, Size })) }),
      },
    }),
  }),
}
