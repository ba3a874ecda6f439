import type { Construct } from '../../src/aws/lazy-client.ts'
import type { Clock } from '../../src/emulator/clock.ts'
import type { Emulator } from '../../src/emulator/emulator.ts'
import { AwsError } from '../../src/emulator/errors.ts'
import { ConnectionLost } from '../../src/emulator/faults/calls.ts'
import type { Random } from '../../src/emulator/random.ts'
import type { ServiceName } from '../../src/emulator/wire/catalogue.ts'
import { REGION } from '../support/world.ts'
import type { Life } from './life.ts'

export interface SimulatedCall {
  readonly who: string
  readonly service: ServiceName
  readonly operation: string
  readonly input: unknown
  /** `ok`, or the name of the error. */
  readonly answer: string
  readonly at: Date
}

/** Signing names that are not the client's own name. */
const SERVICES: Readonly<Record<string, ServiceName>> = {
  elasticloadbalancingv2: 'elasticloadbalancing',
  cloudwatchlogs: 'logs',
}

const CREDENTIALS = { accessKeyId: 'simulated', secretAccessKey: 'simulated' }

interface Surroundings {
  readonly emulator: Pick<Emulator, 'call'>
  readonly clock: Clock
  readonly random: Random
  readonly who: string
  readonly life: Life
  heard(call: SimulatedCall): void
  /** Hears of what is no answer of AWS: a bug of the emulator. */
  broken(error: unknown): void
}

/** Clients of the SDK without a wire: a command goes straight to the emulated AWS, in virtual time. */
export function simulatedClients(surroundings: Surroundings): Construct {
  const { emulator, clock, random, who, life, heard, broken } = surroundings

  async function call(service: ServiceName, operation: string, input: unknown, region: string): Promise<unknown> {
    await clock.sleep(2 + random.fraction() * 60)
    const done = (answer: string) => heard({ who, service, operation, input, answer, at: clock.now() })
    try {
      const answer = await emulator.call(service, operation, copied(input), {
        region,
        requestId: random.uuid(),
      })
      done('ok')
      return copied(answer ?? {})
    } catch (error) {
      const thrown = asTheSdkThrows(error)
      if (thrown === error) broken(error)
      done(error instanceof ConnectionLost ? 'connection lost' : thrown.name)
      throw thrown
    }
  }

  return <Client>(type: { readonly name: string }, { region = REGION }: { readonly region?: string }) => {
    const name = type.name.replace(/Client$/, '').toLowerCase()
    const service = SERVICES[name] ?? (name as ServiceName)
    return {
      config: { region: async () => region, credentials: async () => CREDENTIALS },
      send: (command: { readonly constructor: { readonly name: string }; readonly input: unknown }) => {
        const operation = command.constructor.name.replace(/Command$/, '')
        return life.through(() => call(service, operation, command.input, region))
      },
    } as Client
  }
}

/**
 * What goes over a wire: plain values and bytes; a date is never changed, and nothing that is frozen. Tens of millions of
 * them, for which structuredClone is too slow, and a spread takes twice as long.
 */
function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(copied)
  if (Object.isFrozen(value)) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value)
  const copy: Record<string, unknown> = {}
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key]
    copy[key] = typeof member === 'object' && member !== null ? copied(member) : member
  }
  return copy
}

function asTheSdkThrows(error: unknown): Error {
  if (error instanceof ConnectionLost) return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  if (!(error instanceof AwsError)) return error as Error
  const { code, message, status, members } = error
  const thrown = Object.assign(new Error(message), members, { $metadata: { httpStatusCode: status } })
  thrown.name = code
  return thrown
}
