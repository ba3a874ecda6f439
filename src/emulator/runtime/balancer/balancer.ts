import type { IncomingHttpHeaders } from 'node:http'
import type { Reachable } from '../../services/ecs/reach.ts'
import type { World } from '../../world.ts'

/** A request as a listener's rules see it. */
export interface BalancerRequest {
  readonly secure: boolean
  /** Whether the client speaks HTTP/2, which it does behind TLS alone. */
  readonly http2: boolean
  readonly method: string
  /** Path and query as they were sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** The client's address. */
  readonly source: string
  readonly sourcePort: number
}

/** A cookie to set with the target's answer; `when` names a cookie that the target must set for that. */
export interface AddedCookie {
  readonly value: string
  readonly when?: string
}

/** Where bytes go on this machine. */
export interface Destination {
  /** Names the target, so that its connections can be ended. */
  readonly target: string
  readonly port: number
  readonly secure: boolean
  readonly idleSeconds: number
}

export interface Forwarding extends Destination {
  readonly type: 'forward'
  /** Whether the target is spoken to by HTTP/2. */
  readonly http2: boolean
  /** Path and query to ask for. */
  readonly url: string
  /** Headers to set; undefined takes one away. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly cookies: readonly AddedCookie[]
}

export interface Answer {
  readonly type: 'answer'
  /** Whose it is, if it is not the load balancer's own: what a rule says, or a target's. */
  readonly by?: 'fixed-response' | 'redirect' | 'target'
  readonly target?: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

/** What becomes of a request; `refuse` is a port at which nothing listens. */
export type Decision =
  | Forwarding
  | Answer
  | { readonly type: 'refuse' }
  | { readonly type: 'later'; readonly answer: Promise<Answer> }

/** How a request went: what a load balancer counts. */
export interface Answered {
  readonly status: number
  readonly by: NonNullable<Answer['by']> | 'load balancer'
  /** Where it was sent, if a target was chosen. */
  readonly target?: string
  /** From the request to the beginning of the answer. */
  readonly seconds: number
}

/** What stands behind a port. It is asked anew for every request or connection, so that changes take effect at once. */
export type Front =
  | { readonly type: 'http'; decide(request: BalancerRequest): Decision; answered(how: Answered): void }
  | { readonly type: 'tcp'; connect(): { readonly tls: boolean; readonly to: Destination } | undefined }

/** One question to a target; by gRPC the answer's status is that of the call. `host` is the header's value. */
export interface HealthCheck {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP'
  readonly version: 'HTTP1' | 'HTTP2' | 'GRPC'
  readonly path: string
  readonly host: string
}

export type HealthAnswer =
  | { readonly type: 'status'; readonly status: number }
  | { readonly type: 'connected' }
  | { readonly type: 'failed' }

/** What a load balancer asks of an identity provider. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** The sockets of all load balancers. */
export interface Balancer {
  /** Where a target is on this machine; nothing is there when undefined. */
  reach(world: World, region: string, id: string, port: number): Reachable | undefined
  /** Listens on loopback, at the port if it is free. A key that is open already keeps its port. Resolves to the port. */
  open(key: string, port: number | undefined, front: Front): Promise<number>
  /** Stops listening and ends the connections. */
  close(key: string): Promise<void>
  closeAll(): Promise<void>
  /** Whether a request or a connection to a target is open. */
  isBusy(target: string): boolean
  /** Ends the connections to a target. */
  disconnect(target: string): void
  /** The text of a successful answer from anywhere; rejects when there is none. */
  ask(url: string, question: Question): Promise<string>
  /** Rejects when the signal aborts. */
  check(port: number, check: HealthCheck, signal: AbortSignal): Promise<HealthAnswer>
}
