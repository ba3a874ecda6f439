import type { Chance, Clock, Target } from '../context.ts'
import { assumedRole } from './assumed-role.ts'
import { explainAwsError, isExpired, isPassing, isThrottled } from './errors.ts'
import { type LocalSettings, localSettings, withoutCeremony } from './local-settings.ts'
import { type Limit, type RateLimiter, rateLimiter } from './rate-limiter.ts'

/** What all clients are made with. */
export interface ClientSettings extends Partial<Omit<LocalSettings, 'credentials'>> {
  readonly profile?: string
  readonly credentials?: Credentials | (() => Promise<Credentials>)
  readonly maxAttempts: number
  readonly retryMode: 'standard'
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** The way to an account and region, for all clients. */
export interface Connection {
  readonly settings: ClientSettings
  readonly clock: Clock
  readonly chance: Chance
  readonly construct: Construct
}

/** Makes a client of the SDK. */
export type Construct = <Client>(type: new (settings: ClientSettings) => Client, settings: ClientSettings) => Client

export const constructClient: Construct = (type, settings) => {
  const client = new type(settings)
  if (settings.endpoint !== undefined) withoutCeremony(client)
  return client
}

export function clientSettings({ region, profile, role, local }: Target, clock: Clock): ClientSettings {
  // Calls are repeated here, by the clock of the command, and not by the SDK's own.
  const once = { maxAttempts: 1, retryMode: 'standard' } as const
  if (local) return { ...localSettings(local, region), ...once }
  const own = { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }), ...once }
  return role === undefined ? own : { ...own, credentials: assumedRole(role, own, clock) }
}

interface Sender {
  send(command: unknown): Promise<unknown>
}

type Importer<Client> = () => Promise<new (settings: ClientSettings) => Client>

/** A client that is imported and made when it is first needed. */
export type LazyClient<Client> = () => Promise<Client>

/**
 * Its calls come no faster than AWS takes them. They are repeated when what went wrong passes by itself, credentials that
 * have expired are looked up anew, and its errors come in our words.
 */
export function lazyClient<Client extends object>(
  { settings, construct, clock, chance }: Connection,
  limitOf: (operation: string) => Limit,
  load: Importer<Client>,
): LazyClient<Client> {
  const limiters = new Map<string, RateLimiter>()
  const limiterFor = (operation: string): RateLimiter => {
    const { bucket, rate } = limitOf(operation)
    const limiter = limiters.get(bucket) ?? rateLimiter(clock, rate)
    limiters.set(bucket, limiter)
    return limiter
  }
  const make = async () => construct(await load(), settings)
  let current: Promise<Client> | undefined
  let patient: Promise<Client> | undefined

  async function send(command: unknown): Promise<unknown> {
    let renewed = false
    const limiter = limiterFor(operationOf(command))
    for (let attempt = 1; ; attempt++) {
      current ??= make()
      const mine = current
      const client = (await mine) as unknown as Sender
      await limiter.turn()
      try {
        const answer = await client.send(command)
        limiter.heard('answered')
        return answer
      } catch (error) {
        limiter.heard(isThrottled(error) ? 'throttled' : 'answered')
        if (isExpired(error) && !renewed) {
          renewed = true
          // Another call may have looked them up meanwhile.
          if (current === mine) current = undefined
        } else if (attempt < ATTEMPTS && isPassing(error)) {
          await clock.sleep(backOff(attempt, isThrottled(error)) * chance.random())
        } else throw explainAwsError(error)
      }
    }
  }

  return () => {
    current ??= make()
    patient ??= current.then((client) => Object.assign(Object.create(client) as Client, { send }))
    return patient
  }
}

/** As the command's own schema names it: `DescribeStacks`. */
const operationOf = (command: unknown): string => (command as { schema?: readonly string[] }).schema?.[2] ?? ''

const ATTEMPTS = 10

/** Milliseconds, at most; the real wait is anything up to it, so that many who are throttled come back one by one. */
const backOff = (attempt: number, throttled: boolean): number =>
  Math.min(20_000, (throttled ? 1_000 : 200) * 2 ** attempt)
