/** What somebody orders to go wrong: a kind, and what that kind takes. */
export type FaultOrder = { readonly kind: string } & Readonly<Record<string, string | number | boolean>>

export type Fault = FaultOrder & {
  readonly id: string
  /** How often it struck. */
  readonly struck: number
}

export interface OrderProblem {
  readonly path: string
  readonly message: string
}

/** Where a running embedded AWS is. */
export interface Endpoint {
  readonly endpoint: string
}

/** What is ordered to go wrong in a running embedded AWS. */
export interface LocalFaults {
  list(server: Endpoint): Promise<readonly Fault[]>
  add(server: Endpoint, order: FaultOrder): Promise<Fault | { readonly problems: readonly OrderProblem[] }>
  remove(server: Endpoint, id: string): Promise<void>
  /** Returns how many there were. */
  clear(server: Endpoint): Promise<number>
}
