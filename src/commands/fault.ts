import type { Context, LocalServer } from '../context.ts'
import { UserError } from '../errors.ts'
import type { Fault, FaultOrder } from '../plan/fault.ts'
import { counted } from '../plan/text.ts'
import { type FaultField, faultFields, flagNamed, numericFields } from './fault-kinds.ts'
import type { LocalFlags } from './local.ts'
import { projectFolder } from './steps/manifest.ts'

export type FaultFlags = LocalFlags & { readonly kind: string } & { readonly [Field in FaultField]?: string | boolean }

/** Orders a fault in the embedded AWS, which is started if it does not run. */
export async function faultAdd(flags: FaultFlags, context: Context): Promise<Fault> {
  const server = await context.local.start(projectFolder(flags, context))
  const answer = await context.local.faults.add(server, orderOf(flags))
  if ('id' in answer) return answer
  throw new UserError('usage', `This fault cannot be ordered`, {
    hint: 'img2vid local fault add --help',
    problems: answer.problems.map(({ path, message }) => ({ path: flagNamed(path), message })),
  })
}

function orderOf(flags: FaultFlags): FaultOrder {
  const given = (Object.keys(faultFields) as FaultField[]).flatMap((field) => {
    const value = flags[field]
    return value === undefined ? [] : [[field, numberIn(field, value)] as const]
  })
  return { kind: flags.kind, ...Object.fromEntries(given) }
}

const numberIn = (field: FaultField, value: string | boolean) =>
  numericFields.includes(field) && typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
    ? Number(value)
    : value

export interface FaultList {
  readonly faults: readonly Fault[]
}

export async function faultList(flags: LocalFlags, context: Context): Promise<FaultList> {
  return { faults: await context.local.faults.list(await running(flags, context)) }
}

export type FaultClearFlags = LocalFlags & { readonly ids: readonly string[] }

/** Takes back the faults with these ids, or all. */
export async function faultClear(flags: FaultClearFlags, context: Context): Promise<{ readonly removed: number }> {
  const server = await running(flags, context)
  const { faults } = context.local
  if (flags.ids.length === 0) return { removed: await faults.clear(server) }
  const there = new Set((await faults.list(server)).map(({ id }) => id))
  const absent = flags.ids.filter((id) => !there.has(id))
  if (absent.length > 0) {
    throw new UserError('usage', `There is no such fault: ${absent.join(', ')}`, { hint: 'img2vid local fault list' })
  }
  for (const id of flags.ids) await faults.remove(server, id)
  return { removed: flags.ids.length }
}

async function running(flags: LocalFlags, context: Context): Promise<LocalServer> {
  const server = await context.local.find(projectFolder(flags, context))
  if (server) return server
  throw new UserError('failed', 'The embedded AWS of this folder does not run', { hint: 'img2vid local start' })
}

const inWords = ({ id, kind, struck, ...fields }: Fault): string =>
  [
    id,
    kind,
    ...Object.entries(fields).map(([field, value]) => `${flagNamed(field).replace(/^--/, '')}=${value}`),
    ...(struck > 0 ? [`(struck ${counted(struck, 'time')})`] : []),
  ].join(' ')

export const presentFault = (fault: Fault): string => inWords(fault)

export const presentFaults = ({ faults }: FaultList): string =>
  faults.length === 0 ? 'no fault is ordered' : faults.map(inWords).join('\n')

export const presentFaultClear = ({ removed }: { readonly removed: number }): string =>
  `${counted(removed, 'fault')} taken back`
