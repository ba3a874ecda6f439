import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { median, peak } from '../pairs.ts'
import type { Bench, Figure, Measure } from '../part.ts'

/** What it takes: memory while it runs, and the disk. */
export const measure: Measure = async (bench) => {
  const { modules } = await bench.installed()
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' })
  const bytes = files.reduce((sum, file) => sum + statSync(join(modules, file)).size, 0)
  const packages = files.filter((file) => /^(@[^/]+\/)?[^/]+\/package\.json$/.test(file))
  return [
    ...(await memory(bench)),
    { name: 'installed', value: bytes / 1e6, unit: 'MB', atMost: 6 },
    { name: 'installed', value: packages.length, unit: 'packages', atMost: 1 },
  ]
}

async function memory({ installed, rounds }: Bench): Promise<Figure[]> {
  const where = await installed()
  const held = async (args: readonly string[]) => {
    const peaks: number[] = []
    for (let round = 0; round < rounds; round++) peaks.push(await peak(args, where))
    return median(peaks)
  }
  const beside = `bare node ${(await held(['-e', '0'])).toFixed(1)} MiB`
  const [help, status] = [await held([where.program, '--help']), await held([where.program, 'status', '--local'])]
  return [
    { name: 'memory of --help', value: help, unit: 'MiB', atMost: 45, beside },
    { name: 'memory of status --local', value: status, unit: 'MiB', atMost: 60, beside },
  ]
}
