import type { ContainerUsage } from '../runtime.ts'
import { docker } from './cli.ts'

const MIB: Readonly<Record<string, number>> = { B: 1 / 1024 ** 2, KiB: 1 / 1024, MiB: 1, GiB: 1024, TiB: 1024 ** 2 }

/** What containers take, as the engine measures it over a second. */
export async function containerUsage(ids: readonly string[]): Promise<Map<string, ContainerUsage>> {
  if (ids.length === 0) return new Map()
  // Of all that run: asked for one that has just gone, the engine would tell of none.
  // An engine that does not answer has measured nothing.
  const lines = await docker(['stats', '--no-stream', '--no-trunc', '--format', '{{json .}}']).catch(() => '')
  const all = lines.split('\n').filter(Boolean).map(usageIn)
  return new Map(all.filter(([id]) => ids.includes(id)))
}

/** `{"ID":"…","CPUPerc":"12.50%","MemUsage":"33.1MiB / 1GiB",…}` */
function usageIn(line: string): [string, ContainerUsage] {
  const { ID, CPUPerc, MemUsage } = JSON.parse(line) as Record<'ID' | 'CPUPerc' | 'MemUsage', string>
  const [, amount = '0', unit = ''] = /^([\d.]+)([KMGT]?i?B)/.exec(MemUsage) ?? []
  return [ID, { cpuUnits: (Number.parseFloat(CPUPerc) / 100) * 1024, memoryMiB: Number(amount) * (MIB[unit] ?? 0) }]
}
