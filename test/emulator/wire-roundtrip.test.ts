import { expect, onTestFinished, test } from 'vitest'
import { catalogue, type ServiceName } from '../../src/emulator/wire/catalogue.ts'
import type { Operation } from '../../src/emulator/wire/schema.ts'
import { LONG } from '../support/effort.ts'
import { anySdk, difference, emptyValue, fullValue, streams, type Unsaid } from '../support/synthesis.ts'
import { listen } from '../support/wire.ts'

/**
 * The gate for an upgrade of the SDK: every operation of every client goes there and back, by the real client and the
 * real listener, and nothing may be lost on the way. A failure names operation and direction.
 */

/** These answer with a stream of events, not with one answer: nothing that img2vid or a deployer uses. */
const EVENT_STREAMS: Partial<Record<ServiceName, string[]>> = { logs: ['GetLogObject', 'StartLiveTail'] }

/** A length in a header of S3 is that of the body, and much tells its operations apart: `s3.test.ts` tries them. */
const services = (Object.keys(catalogue) as ServiceName[]).filter((name) => name !== 's3')

/** Clients leave these out of their forms, as AWS's definition of the protocols has it. */
const UNSAID = {
  awsJson1_0: [],
  awsJson1_1: [],
  awsQuery: ['maps'],
  ec2Query: ['lists', 'maps'],
  restJson1: ['bound'],
  restXml: ['bound'],
} satisfies Record<string, Unsaid[]>

const WHICH = LONG ? 'every operation' : 'every fourth operation'

/** A listener that notes each operation's input and gives the output that it is told to give. */
async function echo(service: ServiceName) {
  const sdk = anySdk(await catalogue[service].sdk())
  const received = new Map<string, unknown>()
  const answers = new Map<string, unknown>()
  const { client: settings } = await listen(async (_service, operation, input) => {
    received.set(operation, input)
    return answers.get(operation)
  })
  // Made-up messages of a queue have made-up checksums.
  const client = sdk.client({ ...settings, md5: false } as typeof settings)
  onTestFinished(() => client.destroy())

  /** What got lost in an operation with these values. */
  async function broken({ name }: Operation, input: unknown, output: unknown): Promise<string[]> {
    answers.set(name, output)
    try {
      const { $metadata: _, ...answer } = (await client.send(sdk.command(name, structuredClone(input)))) as Record<
        string,
        unknown
      >
      return [
        ['input', difference(input ?? {}, received.get(name))],
        ['output', difference(output ?? {}, answer)],
      ].flatMap(([direction, found]) => (found === undefined ? [] : [`${service}.${name} ${direction} ${found}`]))
    } catch (error) {
      return [`${service}.${name} ${error}`]
    }
  }
  const operations = sdk.operations.filter((one, at) => LONG || at % 4 === 0 || streams(one))
  return { operations, broken }
}

test.each(services)(`%s: ${WHICH} carries all that its shapes can hold, both ways`, async (service) => {
  const { operations, broken } = await echo(service)
  const losses: string[] = []
  const skipped: string[] = []
  for (const operation of operations) {
    if (streams(operation)) skipped.push(operation.name)
    else losses.push(...(await broken(operation, fullValue(operation.input), fullValue(operation.output))))
  }
  expect({ losses, skipped }).toEqual({ losses: [], skipped: EVENT_STREAMS[service] ?? [] })
  expect(operations.length).toBeGreaterThan(skipped.length)
})

test.each(services)(`%s: ${WHICH} tells nothing from zero, false and no text, both ways`, async (service) => {
  const { operations, broken } = await echo(service)
  const losses: string[] = []
  for (const operation of operations) {
    if (streams(operation)) continue
    const input = emptyValue(operation.input, UNSAID[catalogue[service].protocol])
    losses.push(...(await broken(operation, input, emptyValue(operation.output))))
  }
  expect(losses).toEqual([])
})
