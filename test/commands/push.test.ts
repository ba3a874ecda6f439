import { expect, test } from 'vitest'
import { push } from '../../src/commands/push.ts'
import type { Context } from '../../src/context.ts'
import type { UserError } from '../../src/errors.ts'
import { deployer } from '../simulation/deployer.ts'

/** What a push comes to when docker's first builds end with these lines. */
async function pushAfter(failures: readonly string[]) {
  const { contextFor, measured, flags } = await deployer(['dev'])
  const context = contextFor('ann@laptop')
  let builds = 0
  const run: Context['run'] = async (command, hear) => {
    const line = command.args[0] === 'build' ? failures[builds++] : undefined
    if (line === undefined) return context.run(command, hear)
    for (const text of ['Step 1/2 : FROM scratch', line]) hear?.(text)
    return { exitCode: 1, stdout: '', stderr: '' }
  }
  const { result } = await measured(() => push(flags, { ...context, run }).catch((error: UserError) => error.message))
  return { builds, result }
}

const STUMBLED = `unable to find image "sha256:${'0123456789abcdef'.repeat(4)}"`

test('a build that stumbled over an image which is just removed is done again, any other is not', async () => {
  const { builds, result } = await pushAfter([STUMBLED, STUMBLED])
  expect([builds, Object.keys(result as object)]).toEqual([3, ['app', 'region', 'images']])
  const told = (line: string) => `The image of web could not be built\n    Step 1/2 : FROM scratch\n    ${line}`
  expect(await pushAfter(Array(9).fill(STUMBLED))).toEqual({ builds: 4, result: told(STUMBLED) })
  expect(await pushAfter(['no such file'])).toEqual({ builds: 1, result: told('no such file') })
})

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
