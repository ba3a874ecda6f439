import { simulate, warmUp } from './simulate.ts'

/** Tells every so many-th seed below a number, or one alone with all that happens in it, and prints what went wrong as JSON. */
const [part = 0, parts = 1, seeds = 0, only] = process.argv.slice(2).map(Number)
const wrong: string[] = []
await warmUp()
for (let seed = only ?? part; seed < (only === undefined ? seeds : only + 1); seed += parts) {
  const { history, failures } = await simulate(seed)
  if (only !== undefined) process.stderr.write(`${history.join('\n')}\n`)
  if (failures.length > 0) wrong.push(`SEED=${seed}: ${failures.join('; ')}`)
}
process.stdout.write(JSON.stringify(wrong))
