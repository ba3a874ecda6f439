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

/** A second push, of which a big file is found to have changed a second before all are read; what docker did meanwhile. */
async function pushAgain(rebuild: boolean) {
  const { aws, contextFor, measured, flags } = await deployer(['dev'])
  const context = contextFor('ann@laptop')
  await measured(() => push(flags, context))
  const happened: string[] = []
  const run: Context['run'] = async (command) => {
    const words = command.args[0] === '--config' ? command.args.slice(2) : command.args
    const what = words[0] === 'image' ? words.slice(0, 2).join(' ') : `${words[0]}`
    if (command.program !== 'docker') return context.run(command)
    happened.push(what)
    const result = await context.run(command)
    if (what === 'build' || what === 'push') happened.push(`${what} ended`)
    return result
  }
  const contextDigest: Context['files']['contextDigest'] = async (build, folder, changed) => {
    changed()
    changed()
    await context.clock.sleep(1_000)
    happened.push('all read')
    return context.files.contextDigest(build, folder, changed)
  }
  const heard = aws.calls.length
  const files = { ...context.files, contextDigest }
  const { result } = await measured(() => push({ ...flags, rebuild }, { ...context, run, files }))
  return { happened, result, asked: aws.calls.slice(heard).map(({ operation }) => operation) }
}

test('an image-only change is built before it is known by its content, and asks docker for no more than it must', async () => {
  const { happened, asked } = await pushAgain(true)
  expect(happened).toEqual(['build', 'all read', 'build ended', 'tag', 'image inspect', 'push', 'push ended'])
  expect(asked).toEqual(['GetAuthorizationToken', 'DescribeStacks', 'DescribeImages'])
})

test('what was begun in vain, as the image is there, is seen to its end and not pushed', async () => {
  const { happened, result, asked } = await pushAgain(false)
  expect(happened).toEqual(['build', 'all read', 'build ended'])
  expect(result).toMatchObject({ images: { web: { pushed: false } } })
  expect(asked).toEqual(['DescribeImages', 'DescribeStacks'])
})
