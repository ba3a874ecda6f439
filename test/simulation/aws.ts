import { createHash } from 'node:crypto'
import { createEmulator, type Emulator } from '../../src/emulator/emulator.ts'
import { type Random, seededRandom } from '../../src/emulator/random.ts'
import type { Registry } from '../../src/emulator/registry/registry.ts'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import type { ContainerSpec } from '../../src/emulator/runtime/runtime.ts'
import { type SimulatedBehaviour, simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import { pushManifest } from '../../src/emulator/services/ecr/push.ts'
import { findRepository } from '../../src/emulator/services/ecr/state.ts'
import { emptyState } from '../../src/emulator/state.ts'
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts'
import { REGION } from '../support/world.ts'
import type { SimulatedCall } from './clients.ts'

/** What a program does when it runs; the text of its Dockerfile says which. */
const PROGRAMS = {
  works: {},
  exits: { exitCode: 1, lines: ['no model here'] },
  sick: { answer: () => 503, health: 'UNHEALTHY' },
} as const satisfies Record<string, SimulatedBehaviour>
export type Program = keyof typeof PROGRAMS

export interface SimulatedAws {
  readonly emulator: Emulator
  readonly clock: VirtualClock
  readonly calls: SimulatedCall[]
  /** Images, as `existing` names them. */
  readonly pushed: string[]
  /** What was no answer of AWS, or an activity of it that broke. */
  readonly broken: unknown[]
  /** A further, independent source of chance. */
  fork(): Random
  /** The image of a Dockerfile, as `docker push` puts it into its repository. Returns its digest. */
  push(repository: string, tag: string, dockerfile: string, bytes?: number): string
}

/** An embedded AWS for one seed: no disk, no socket, no time but the virtual one. */
export function simulatedAws(seed: number): SimulatedAws {
  const clock = virtualClock()
  const random = seededRandom(seed)
  const programs = new Map<string, Program>()
  const broken: unknown[] = []
  const pushed: string[] = []
  let forks = 0
  const behave = ({ image }: ContainerSpec) => PROGRAMS[programs.get(image.split('@')[1] ?? '') ?? 'works']
  const emulator = createEmulator({
    id: 'simulation',
    account: '000000000000',
    clock,
    patience: clock,
    random,
    runtime: simulatedRuntime(random, behave),
    registry: registryOnPaper,
    balancer: paperBalancer(),
    state: emptyState(),
    report: (error) => broken.push(error),
  })
  return {
    emulator,
    clock,
    calls: [],
    pushed,
    broken,
    fork: () => seededRandom(seed * 1_000 + ++forks),
    push(name, tag, dockerfile, bytes = dockerfile.length) {
      const { world } = emulator
      const repository = findRepository(world, REGION, name)
      const layer = sha256(dockerfile)
      repository.blobs[layer] = clock.now()
      const body = JSON.stringify({ schemaVersion: 2, layers: [{ digest: layer, size: bytes }] })
      const { image } = pushManifest(world, REGION, repository, { body, tag })
      pushed.push(`image ${name}@${image.digest}`)
      programs.set(image.digest, programOf(dockerfile))
      return image.digest
    },
  }
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** The digest under which a Dockerfile's image is pushed. */
export const digestOf = (dockerfile: string): string =>
  sha256(JSON.stringify({ schemaVersion: 2, layers: [{ digest: sha256(dockerfile), size: dockerfile.length }] }))

export const dockerfileOf = (program: Program, version: number): string => `FROM ${program}\nLABEL version=${version}\n`
const programOf = (dockerfile: string): Program => /^FROM (\w+)/.exec(dockerfile)?.[1] as Program

/** Images come by `push` above; only their names and digests matter. */
const registryOnPaper: Registry = {
  blobs: {
    size: async () => undefined,
    read: () => {
      throw new Error('No bytes of images are kept here.')
    },
    sweep: async () => {},
  },
  uploads: {
    begin: async () => {},
    size: () => undefined,
    append: async () => 0,
    digest: () => undefined,
    finish: async () => {},
    discard: async () => {},
  },
  open: async () => 5000,
  close: async () => {},
}
