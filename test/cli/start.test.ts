import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Command } from 'commander'
import { expect, inject, test } from 'vitest'
import { createProgram } from '../../src/program.ts'
import { newUser } from '../support/cli.ts'

const MANIFEST = `
app: demo
services:
  web: { image: { location: example.org/web@sha256:${'1'.repeat(64)}, port: 8080 } }
`

/** Somebody with a cache of his own, and what his command says; it needs more than help. */
function newcomer(name = 'cache') {
  const user = newUser({ files: { 'img2vid.yaml': MANIFEST } })
  const cache = join(user.folder, name)
  const render = (env = {}) => user.img2vid('render --env dev --json', { XDG_CACHE_HOME: cache, ...env })
  const home = join(cache, 'img2vid')
  const files = () =>
    existsSync(home)
      ? readdirSync(home).flatMap((key) =>
          readdirSync(join(home, key))
            .sort()
            .map((file) => join(home, key, file)),
        )
      : []
  return { user, cache, home, render, files }
}

const written = (file: string) => [statSync(file).ino, statSync(file).mtimeMs]

test('a second run takes the compiled code of the first, and leaves it alone', async () => {
  const { render, files } = newcomer()
  const first = await render()
  const all = files()
  expect([first.exitCode, all.map((file) => basename(file))]).toEqual([0, ['manifests', 'render']])
  const before = all.map(written)
  expect(await render()).toMatchObject({ exitCode: 0, stdout: first.stdout, stderr: '' })
  expect([files(), files().map(written)]).toEqual([all, before])
})

test('code that only a first run needed, such as for a manifest that is known by then, is dropped by the second', async () => {
  const { user, cache, files } = newcomer()
  const runs = []
  for (let run = 0; run < 3; run++) {
    const { exitCode, stderr } = await user.img2vid('status --local', { XDG_CACHE_HOME: cache })
    const code = files().find((file) => basename(file) === 'status') ?? ''
    runs.push({ exitCode, stderr, bytes: statSync(code).size, written: written(code) })
  }
  const [first, second, third] = runs
  expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(Array(3).fill([0, '']))
  expect((second?.bytes ?? 0) / (first?.bytes ?? 0)).toBeLessThan(0.8)
  expect(third).toEqual(second)
})

test.each([
  ['emptied', (file: string) => truncateSync(file)],
  ['cut', (file: string) => truncateSync(file, 20_000)],
  ['garbage', (file: string) => writeFileSync(file, 'x'.repeat(40_000))],
  [
    // V8 itself would run this, and crash.
    'changed in one bit of a hundred bytes',
    (file: string) =>
      writeFileSync(
        file,
        readFileSync(file).map((byte, at) => (at % 100 === 99 ? byte ^ 1 : byte)),
      ),
  ],
])('what was kept and is %s is made anew', async (_, spoil) => {
  const { render, files } = newcomer()
  const first = await render()
  const [manifests = '', code = ''] = files()
  const whole = statSync(code).size
  for (const file of [manifests, code]) spoil(file)
  const spoilt = [manifests, code].map(written)
  expect(await render()).toMatchObject({ exitCode: 0, stdout: first.stdout, stderr: '' })
  expect(written(manifests)).not.toEqual(spoilt[0])
  expect(written(code)).not.toEqual(spoilt[1])
  expect(statSync(code).size).toBeGreaterThan(whole * 0.9)
})

test('where nothing can be kept, everything works', async () => {
  const { user, render, files } = newcomer('img2vid.yaml')
  expect(await render()).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await render({ XDG_CACHE_HOME: '/sys/none' })).toMatchObject({ exitCode: 0, stderr: '' })
  const cache = join(user.folder, 'unwanted')
  const unwanted = { XDG_CACHE_HOME: cache, NODE_DISABLE_COMPILE_CACHE: '1' }
  expect(await render(unwanted)).toMatchObject({ exitCode: 0, stderr: '' })
  expect([files(), existsSync(cache)]).toEqual([[], false])
})

test('several at once do not disturb each other, and leave no more than one', async () => {
  const { render, files } = newcomer()
  const runs = await Promise.all([1, 2, 3, 4].map(() => render()))
  expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(Array(4).fill([0, '']))
  expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
  expect(files().map((file) => basename(file))).toEqual(['manifests', 'render'])
})

test('a manifest that was found right is known again, and a changed one is read anew', async () => {
  const { user, render, files } = newcomer()
  const said = async (text: string) => {
    writeFileSync(join(user.folder, 'img2vid.yaml'), text)
    const { exitCode, stdout, stderr } = await render()
    return { exitCode, stdout, stderr }
  }
  const texts = [MANIFEST, MANIFEST.replace('8080', '9090'), MANIFEST.replace('8080', 'eighty'), MANIFEST]
  const first = []
  for (const text of texts) first.push(await said(text))
  expect(first.map(({ exitCode }) => exitCode)).toEqual([0, 0, 2, 0])
  expect([new Set(first.map(({ stdout }) => stdout)).size, first[3]]).toEqual([3, first[0]])
  const [known] = files().map(written)
  const second = []
  for (const text of texts) second.push(await said(text))
  expect([second, written(files()[0] ?? '')]).toEqual([first, known])
})

test('the code of older versions goes', async () => {
  const { home, render } = newcomer()
  for (const key of ['one', 'two', 'three', 'four']) mkdirSync(join(home, key), { recursive: true })
  await render()
  const keys = readdirSync(home)
  expect(keys).toHaveLength(3)
  expect(keys).toContainEqual(expect.stringMatching(/^[0-9a-f]{16}-v/))
})

test('help and version that were laid out beforehand are those of the program', async () => {
  const user = newUser()
  const program = createProgram('0.0.0', () => async () => {})
  const commands = (command: Command, path: string): string[] => [
    path,
    ...command.commands.flatMap((one) => commands(one, `${path}${one.name()} `)),
  ]
  const all = commands(program, '')
  expect(all.length).toBeGreaterThan(20)
  for (const command of all) {
    const [short, long, laidOutNow] = await Promise.all([
      user.img2vid(`${command}-h`),
      user.img2vid(`${command}--help`),
      // Any further word makes the program itself answer.
      user.img2vid(`${command}--help --json`),
    ])
    expect(long.stdout).toContain(`Usage: img2vid ${command}`)
    expect([long, short].map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(
      Array(2).fill([laidOutNow.exitCode, laidOutNow.stdout]),
    )
  }
  expect((await user.img2vid('--version')).stdout).toBe((await user.img2vid('--version --json')).stdout)
})

test('the package is small, and has no more of a client than is called', () => {
  const root = join(dirname(realpathSync(inject('program'))), '..')
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  const sizes = files.map((file) => ({ name: file.name, bytes: statSync(join(file.parentPath, file.name)).size }))
  expect(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(6_000_000)
  const program = readdirSync(join(root, 'dist/cli')).filter((name) => name.startsWith('client-'))
  const clients = program.map((name) => [name, statSync(join(root, 'dist/cli', name)).size])
  expect(clients.length).toBeGreaterThan(10)
  expect(clients.filter(([, bytes]) => Number(bytes) > 100_000)).toEqual([])
})
