import { createHash } from 'node:crypto'
import type { Stack } from './stacks/stack.ts'

/** What CloudFormation's own events say about an operation of ours: what it makes, and who began it. */
export interface OperationName {
  /** A digest of the stack as it should be: two operations with the same make the same. */
  readonly target: string
  readonly who: string
}

const TARGET = 12
/** What a delete makes. */
const NOTHING = '0'.repeat(TARGET)

export const targetOf = ({ digest, parameters }: Pick<Stack, 'digest' | 'parameters'>): string =>
  createHash('sha256')
    .update(JSON.stringify([digest, Object.entries(parameters).sort()]))
    .digest('hex')
    .slice(0, TARGET)

/** A client request token: letters, digits and hyphens, at most 128. */
const operationToken = ({ target, who }: OperationName, unique: string): string =>
  `img2vid-${target}-${who.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 60)}-${unique.replaceAll('-', '').slice(0, UNIQUE)}`

/** Of an operation that makes a stack, or that takes one away. */
export const makingToken = (stack: Pick<Stack, 'digest' | 'parameters'>, { who, chance }: Author): string =>
  operationToken({ target: targetOf(stack), who: who() }, chance.uuid())
export const removalToken = ({ who, chance }: Author): string =>
  operationToken({ target: NOTHING, who: who() }, chance.uuid())

interface Author {
  who(): string
  readonly chance: { uuid(): string }
}

/** Undefined when it is of somebody else's making. */
export function operationOf(token: string | undefined): OperationName | undefined {
  const [, target, who] = TOKEN.exec(token ?? '') ?? []
  return target === undefined || who === undefined ? undefined : { target, who }
}

const UNIQUE = 12
const TOKEN = new RegExp(`^img2vid-([0-9a-f]{${TARGET}})-(.*)-[0-9a-f]{${UNIQUE}}$`)
