import { expect, test } from 'vitest'
import { push } from '../../src/commands/push.ts'
import type { Context } from '../../src/context.ts'
import { deployer } from '../simulation/deployer.ts'

test('an image-only change asks docker for no more than it must, and readies the push while the image is built', async () => {
  const { aws, contextFor, measured, flags } = await deployer(['dev'])
  const context = contextFor('ann@laptop')
  await measured(() => push(flags, context))
  const happened: string[] = []
  const run: Context['run'] = async (command) => {
    const words = command.args[0] === '--config' ? command.args.slice(2) : command.args
    const what = words[0] === 'image' || words[0] === 'context' ? words.slice(0, 2).join(' ') : `${words[0]}`
    if (command.program !== 'docker') return context.run(command)
    happened.push(what)
    const result = await context.run(command)
    if (what === 'build' || what === 'push') happened.push(`${what} ended`)
    return result
  }
  const heard = aws.calls.length
  await measured(() => push({ ...flags, rebuild: true }, { ...context, run }))
  expect(happened).toEqual([
    'context inspect',
    'build',
    'build ended',
    'tag',
    'image inspect',
    'push',
    'push ended',
    'image rm',
  ])
  expect(aws.calls.slice(heard).map(({ operation }) => operation)).toEqual([
    'DescribeStacks',
    'GetAuthorizationToken',
    'DescribeImages',
  ])
})
