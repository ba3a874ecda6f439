import type { Clock } from '../clock.ts'
import { AwsError } from '../errors.ts'
import type { Random } from '../random.ts'
import { type Faults, matches } from './faults.ts'
import type { FaultKind, FaultOf } from './model.ts'
import { createRates, type RatedCall } from './rates.ts'
import { staleReads } from './stale.ts'
import { commonText, denied, expired, throttled } from './words.ts'

/** The connection breaks: no answer comes, whatever has been done. */
export class ConnectionLost extends Error {}

interface Surroundings {
  readonly faults: Faults
  readonly clock: Clock
  readonly random: Random
  /** Who the embedded AWS says is calling. */
  readonly caller: string
  readonly signal: AbortSignal
}

type CallKind = {
  [Kind in FaultKind]: FaultOf<Kind> extends { operation?: string | undefined } ? Kind : never
}[FaultKind]

/** Performs calls as the ordered faults let them go. */
export function faultyCalls(surroundings: Surroundings) {
  const { faults, clock, random, caller, signal } = surroundings
  const mayGo = createRates()
  const stale = staleReads(clock)

  return async (call: RatedCall, perform: () => Promise<unknown>): Promise<unknown> => {
    const { service, operation } = call
    // What docker does is no call of an API: it is struck where it is named.
    const meant = ({ service: named }: FaultOf<CallKind>) => named !== undefined || service !== 'registry'
    const hits = (fault: FaultOf<CallKind>) =>
      meant(fault) && matches(fault.service, service) && matches(fault.operation, operation)
    const strike = <Kind extends CallKind>(kind: Kind) => faults.strike(kind, hits)

    const slow = strike('slow')
    if (slow) await clock.sleep(slow.seconds * 1000, signal)
    if (strike('throttle')) throw throttled(service)
    if (faults.strike('rates', (fault) => hits(fault) && !mayGo(call, clock.now(), fault.scale)))
      throw throttled(service)
    if (strike('expired')) throw expired(service)
    if (strike('denied')) throw denied(service, operation, caller)
    const error = strike('error')
    if (error) throw new AwsError(error.code, error.message ?? commonText(error.code), error.status)
    const lost = strike('disconnect')
    if (lost?.when === 'before') throw new ConnectionLost()
    const old = isRead(operation) ? strike('stale') : undefined
    const answer = old ? await stale(call, old.seconds, perform) : await perform()
    if (lost) throw new ConnectionLost()
    if (operation !== 'DescribeStackEvents') return answer
    return faults.strike('disorder', ({ stack }) => matches(stack, stackOf(call.input)))
      ? disordered(answer as StackEvents, random)
      : answer
  }
}

const isRead = (operation: string): boolean => /^(Describe|List|Get|BatchGet)/.test(operation)

/** The name in an ARN, or the name itself. */
function stackOf(input: unknown): string {
  const { StackName = '' } = input as { StackName?: string }
  return StackName.startsWith('arn:') ? (StackName.split('/')[1] ?? '') : StackName
}

interface StackEvents {
  readonly StackEvents: readonly unknown[]
}

/** Some events twice, and neighbours in the wrong order. */
function disordered(answer: StackEvents, random: Random): StackEvents {
  const events = answer.StackEvents.flatMap((event) => (random.fraction() < 0.3 ? [event, event] : [event]))
  for (let index = 1; index < events.length; index++) {
    if (random.fraction() < 0.5) events.splice(index - 1, 2, events[index], events[index - 1])
  }
  return { ...answer, StackEvents: events }
}
