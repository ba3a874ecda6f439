import { simulate, warmUp } from './simulate.ts'

/** Tells the seeds from one number to below another, in such steps, and prints what went wrong as JSON; with `SEED` all that happens. */
const [from = 0, below = 0, step = 1] = process.argv.slice(2).map(Number)
const wrong: string[] = []
await warmUp()
for (let seed = from; seed < below; seed += step) {
  const { history, failures } = await simulate(seed)
  if (process.env.SEED !== undefined) process.stderr.write(`${history.join('\n')}\n`)
  if (failures.length > 0) wrong.push(`SEED=${seed}: ${failures.join('; ')}`)
}
process.stdout.write(JSON.stringify(wrong))
