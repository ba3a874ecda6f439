import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { expect } from 'vitest'
import { type DeployFlags, deploy } from '../../src/commands/deploy.ts'
import type { UserError } from '../../src/errors.ts'
import { flags, type TestWorld, testWorld } from './context.ts'
import type { SharedTime } from './shared-time.ts'

const Dockerfile = 'FROM scratch\n'
export const service = (more: string, image = 'build: ., port: 8080') =>
  `app: demo\nservices:\n  web: { image: { ${image} }${more && `, ${more}`} }\n`
export const world = (manifest: string, options: { readonly time?: SharedTime } = {}) =>
  testWorld({ files: { Dockerfile, 'img2vid.yaml': manifest }, ...options })

/** What a deploy says no for: each code with its message and hint. Nothing was changed by it. */
export async function refused({ context, aws }: TestWorld, more: Partial<DeployFlags> = {}) {
  const stacks = async () => (await new CloudFormation(aws.client).listStacks({})).StackSummaries
  const before = await stacks()
  const error = await deploy({ ...flags, ...more }, context).then(
    () => undefined,
    (thrown: UserError) => thrown,
  )
  expect(error).toMatchObject({
    outcome: 'preflight',
    message: 'demo / dev cannot be deployed like this; nothing was changed',
  })
  expect(await stacks()).toEqual(before)
  return (error?.problems ?? []).map(({ path, message, hint }) => [path, message, hint])
}

export const notes = ({ shown }: TestWorld) => shown.flatMap((one) => (one.type === 'note' ? [one.text] : []))
