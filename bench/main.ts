import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { table } from '../src/plan/text.ts'
import { type Installed, install, remove } from './installed.ts'
import type { Bench, Figure, Measure } from './part.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '15' } },
})
const known = readdirSync('bench/parts').map((file) => basename(file, '.ts'))
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}; there are ${known.join(', ')}`)

let package_: Promise<Installed> | undefined
const bench: Bench = {
  rounds: Number(values.rounds),
  installed() {
    package_ ??= install()
    return package_
  },
}

const figures: (Figure & { readonly part: string })[] = []
try {
  for (const part of positionals.length > 0 ? positionals : known) {
    process.stderr.write(`${part} …\n`)
    const { measure } = (await import(`./parts/${part}.ts`)) as { measure: Measure }
    figures.push(...(await measure(bench)).map((figure) => ({ part, ...figure })))
  }
} finally {
  if (package_) await remove(await package_)
}

const isMissed = ({ value, atMost = Number.POSITIVE_INFINITY }: Figure) => !(value <= atMost)
const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2))
const rows = figures.map((figure) => [
  figure.part,
  figure.name,
  `${digits(figure.value)} ${figure.unit}`,
  figure.atMost === undefined ? '' : `${isMissed(figure) ? 'MISSED' : 'met'}: ${figure.atMost}`,
  figure.beside ?? '',
])
process.stdout.write(`${table(['part', 'figure', 'value', 'at most', 'beside'], rows).join('\n')}\n\n`)
const missed = figures.filter(isMissed)
const machine = { node: process.version, platform: process.platform, arch: process.arch, rounds: bench.rounds }
process.stdout.write(`${JSON.stringify({ machine, figures, missed: missed.map(({ name }) => name) }, null, 2)}\n`)
for (const { part, name, value, unit, atMost } of missed) {
  process.stderr.write(`missed: ${part}, ${name}: ${digits(value)} ${unit}, at most ${atMost}\n`)
}
process.exitCode = missed.length > 0 ? 1 : 0
