import { expect, test } from 'vitest'
import { isLarge } from '../../src/plan/stacks/stack.ts'
import { largeNotes } from '../../src/plan/stacks/template-bucket.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'

const manifest = (services: readonly string[]) => `app: big\nservices:\n${services.join('\n')}\n`
const gpuServices = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `  model-${at}: { image: { port: 80 }, compute: gpu, http: { path: /${at} } }`,
  )

test('the template of an environment with five GPU services goes in a request, one with ten by a bucket, and that is said', () => {
  const stacks = (count: number) => stacksOf(environmentOf(manifest(gpuServices(count))))
  expect(stacks(5).filter(isLarge)).toEqual([])
  const large = stacks(10)
  expect(large.filter(isLarge).map(({ name }) => name)).toEqual(['big-dev'])
  expect(largeNotes('big', large)).toEqual([
    expect.stringMatching(
      /^the template of big-dev has \d{5} bytes, more than a request to CloudFormation holds: it goes through a private, encrypted bucket, which the stack big--templates has$/,
    ),
  ])
})

test('what a bucket cannot hold either is refused before anything is made', () => {
  expect(() => stacksOf(environmentOf(manifest(gpuServices(180))))).toThrow(
    expect.objectContaining({
      outcome: 'usage',
      message: expect.stringMatching(/^the template of big-dev would have \d{7} bytes; CloudFormation takes 1000000$/),
      hint: 'put some of the services, or some of their variables, into an app of their own',
    }),
  )
})

test('more variables than a task definition holds are refused before anything is made; they count in bytes', () => {
  const service = (letter: string) =>
    manifest([
      `  web: { variables: { NOTE: ${letter.repeat(20_000)} }, sidecars: { log: { image: 'log:1', variables: { MORE: ${letter.repeat(12_000)} } } } }`,
    ])
  expect(stacksOf(environmentOf(service('a')))).toHaveLength(3)
  expect(() => stacksOf(environmentOf(service('漢')))).toThrow(
    expect.objectContaining({
      outcome: 'usage',
      message: 'the variables of big-dev-web have 96055 bytes; ECS takes 65536 for all that is said of a task',
      hint: 'name a file in S3 as env_file, which is read when a task starts, or let the program fetch what is long',
    }),
  )
})
