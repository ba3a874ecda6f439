import { expect, test } from 'vitest'
import { environmentOf, stacksOf } from '../support/manifests.ts'

const manifest = (services: readonly string[]) => `app: big\nservices:\n${services.join('\n')}\n`
const gpuServices = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `  model-${at}: { image: { port: 80 }, compute: gpu, http: { path: /${at} } }`,
  )

test('seven GPU services fit into the template of an environment; an eighth is refused before anything is made', () => {
  const stacks = (count: number) => stacksOf(environmentOf(manifest(gpuServices(count))))
  expect(stacks(7)).toHaveLength(9)
  expect(() => stacks(8)).toThrow(
    expect.objectContaining({
      outcome: 'usage',
      message: expect.stringMatching(/^the template of big-dev would have 5\d{4} bytes; CloudFormation takes 51200$/),
      hint: 'put some of the services, or some of their variables, into an app of their own',
    }),
  )
})

test('variables count in bytes, not in characters', () => {
  const service = (letter: string) => `  web: { variables: { NOTE: ${letter.repeat(20_000)} } }`
  expect(stacksOf(environmentOf(manifest([service('a')])))).toHaveLength(3)
  expect(() => stacksOf(environmentOf(manifest([service('漢')])))).toThrow('the template of big-dev-web would have 6')
})
