import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recaller } from '../../src/start/recall.ts'
import { temporaryFolder } from '../support/folder.ts'

/** Remembers in a folder, and counts how often something had to be made. */
function memory(folder = join(temporaryFolder(), 'cache')) {
  const made: string[] = []
  const recall = (text: string) =>
    recaller(folder)(text, async () => {
      made.push(text)
      return { text, absent: undefined, at: new Date(0), list: [text.length, Number.NaN] }
    })
  return { recall, made, folder, file: join(folder, 'manifests') }
}

test('what was made of a text is the same the next time, and is not made again', async () => {
  const { recall, made, file } = memory()
  const first = await recall('one')
  const written = statSync(file)
  expect(await recall('one')).toStrictEqual(first)
  expect([made, statSync(file).ino]).toEqual([['one'], written.ino])
  expect(await recall('two')).toStrictEqual({ ...first, text: 'two' })
  await recall('one')
  await recall('two')
  expect(made).toEqual(['one', 'two'])
})

test('what fails is not kept, and fails again', async () => {
  const { recall, made, folder } = memory()
  const fail = () => recaller(folder)('one', () => Promise.reject(new Error('wrong')))
  await expect(fail()).rejects.toThrow('wrong')
  await expect(fail()).rejects.toThrow('wrong')
  await recall('one')
  expect(made).toEqual(['one'])
})

test('the last 400 kB are kept, and what is longer by itself drives nothing out', async () => {
  const { recall, made } = memory()
  const all = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(60_000))
  const long = 'e'.repeat(200_001)
  for (const text of [...all, long]) await recall(text)
  for (const text of all.slice(1)) await recall(text)
  expect(made).toEqual([...all, long])
  await recall(long)
  await recall(all[0] ?? '')
  expect(made.slice(5)).toEqual([long, all[0]])
})

test('a bit that is wrong makes all of it made anew', async () => {
  const { recall, made, file } = memory()
  const first = await recall('one')
  writeFileSync(
    file,
    readFileSync(file).map((byte, at, { length }) => (at === length - 3 ? byte ^ 1 : byte)),
  )
  expect(await recall('one')).toStrictEqual(first)
  await recall('one')
  expect(made).toEqual(['one', 'one'])
})

test('where nothing can be kept, it is made each time', async () => {
  const { recall, made } = memory('/sys/none')
  await recall('one')
  await recall('one')
  const nowhere = recaller(undefined)
  expect(await nowhere('one', async () => 1)).toBe(1)
  expect(await nowhere('one', async () => 2)).toBe(2)
  expect(made).toEqual(['one', 'one'])
})
