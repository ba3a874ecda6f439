import { expect, onTestFinished, test } from 'vitest'
import { type Random, seededRandom } from '../../src/emulator/random.ts'
import { serialize } from '../../src/emulator/store.ts'
import { catalogue, type ServiceName } from '../../src/emulator/wire/catalogue.ts'
import { type Schema, traitsOf } from '../../src/emulator/wire/schema.ts'
import { LONG } from '../support/effort.ts'
import { startAws } from '../support/emulator.ts'
import { anySdk } from '../support/synthesis.ts'

/** Names of nothing and of everything, documents, sizes; answers add their own. */
const WORDS = [
  ...['', ' ', 'a', 'web', 'default', 'constructor', '__proto__', '*', '\u0000漢', 'x'.repeat(300), '-1', '256', '512'],
  ...['10.0.0.0/16', '0.0.0.0/0', 'us-east-1a', 't3.micro', 'nginx:latest', `sha256:${'0'.repeat(64)}`, '/a/b', 'ALL'],
  ...['awsvpc', 'FARGATE', 'EC2', 'application', 'network', 'HTTP', 'TCP', 'forward', 'ip', 'instance', 'ENABLED'],
  ...['{}', '[]', '{"Version":"2012-10-17","Statement":[]}', '{"Resources":{"A":{"Type":"AWS::Logs::LogGroup"}}}'],
  ...['arn:aws:ecs:us-east-1:000000000000:cluster/default', 'arn:aws:iam::000000000000:role/a', 'rate(5 minutes)'],
]
const NUMBERS = [0, 1, 2, 5, 80, 300, -1, 65_536, 1e15, 0.5]
const DATES = [0, 1_700_000_000_000, 8.64e15, -8.64e15]
const DEPTH = 6
/** A wrong one has whoever reads wait for bytes that do not come. */
const LENGTH = 'Content-Length'
const REQUESTS = LONG ? 3_000 : 600

/** Values that fit the shapes and mean whatever chance says. */
function chance(random: Random) {
  const words = [...WORDS]
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.fraction() * items.length)] as Item
  const value = (schema: Schema, depth = 0): unknown => {
    if (schema.isStructSchema()) {
      const fields = [...schema.structIterator()]
        .filter(([, member]) => random.fraction() < 0.5 && traitsOf(member).httpHeader !== LENGTH)
        .map(([name, member]) => [name, value(member, depth + 1)] as const)
        .filter(([, field]) => field !== undefined)
      return Object.fromEntries(schema.isUnionSchema() ? fields.slice(0, 1) : fields)
    }
    if (depth > DEPTH) return undefined
    const item = () => value(schema.getValueSchema(), depth + 1)
    const items = () => Array.from({ length: pick([0, 1, 1, 2, 3]) }, item).filter((one) => one !== undefined)
    if (schema.isListSchema()) return items()
    if (schema.isMapSchema()) return Object.fromEntries(items().map((one) => [pick(words), one]))
    if (schema.isBooleanSchema()) return pick([true, false])
    if (schema.isNumericSchema()) return pick(NUMBERS)
    if (schema.isTimestampSchema()) return new Date(pick(DATES))
    if (schema.isBlobSchema()) return pick([new Uint8Array(), Uint8Array.of(1, 255)])
    return pick(words)
  }
  const learn = (answer: unknown): void => {
    if (typeof answer === 'string' && answer.length < 300) words.push(answer)
    else if (typeof answer === 'object' && answer !== null) for (const one of Object.values(answer)) learn(one)
  }
  return { pick, value, learn }
}

interface Caught {
  readonly $metadata?: { readonly httpStatusCode?: number }
  /** Of what went wrong with the connection. */
  readonly code?: string
}

test(`of ${REQUESTS} requests that fit the shapes none is answered by a bug, and the state can always be saved`, {
  timeout: 60_000,
}, async () => {
  const aws = await startAws()
  const { pick, value, learn } = chance(seededRandom(20))
  const operations = []
  for (const service of Object.keys(catalogue) as ServiceName[]) {
    const sdk = anySdk(await catalogue[service].sdk())
    // Chance names buckets that no host can be called by.
    const client = sdk.client({ ...aws.client, forcePathStyle: true })
    onTestFinished(() => client.destroy())
    const here = Object.keys(aws.emulator.world.services[service])
    for (const { name, input } of sdk.operations) {
      if (here.includes(name)) operations.push({ service, name, input, client, command: sdk.command })
    }
  }

  const bugs: string[] = []
  for (let count = 0; count < REQUESTS; count++) {
    const { service, name, input, client, command } = pick(operations)
    const asked = value(input)
    try {
      learn(await client.send(command(name, asked)))
    } catch (error) {
      const { name: code, message, $metadata, ...more } = error as Error & Caught
      // Clients of these refuse by themselves what no path can hold.
      const own = catalogue[service].protocol.startsWith('rest') && !/^ECONN/.test(more.code ?? '')
      if (code === 'InternalFailure' || ($metadata?.httpStatusCode === undefined && !own)) {
        bugs.push(`${service}:${name} ${JSON.stringify(asked)}: ${message}`)
      }
    }
  }
  expect(bugs).toEqual([])
  expect(serialize(aws.emulator.world.state)).toContain('"us-east-1"')
})
