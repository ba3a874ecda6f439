import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withKnownDigests } from '../../src/host/file-digests.ts'
import { temporaryFolder } from '../support/folder.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const later = () => Date.now() + 3_000

/** A file, and how its digest is asked for. */
function model(text: string) {
  const folder = temporaryFolder()
  const file = join(folder, 'model')
  const store = join(folder, '.img2vid', 'digests.json')
  const write = (text: string) => {
    writeFileSync(file, text)
    utimesSync(file, 1, 1)
  }
  write(text)
  return {
    folder,
    store,
    write,
    ask: (now = later, changed = () => {}) =>
      withKnownDigests(folder, (digest) => digest(file, lstatSync(file)), { now, changed }),
  }
}

/** Everything that is known of files is made to say this. */
const pretend = (store: string, digest: string) =>
  writeFileSync(store, readFileSync(store, 'utf8').replace(/[0-9a-f]{64}/, digest))

test('a file that is as it was is not read again; any change of it is seen, its time set back or not', async () => {
  const { store, write, ask } = model('weights')
  const first = await ask()
  pretend(store, sha256('known'))
  const known = await ask()
  write('weightz')
  expect([first, known, await ask()]).toEqual(['weights', 'known', 'weightz'].map(sha256))
})

test('that a file is not as it was known is said before it is read; of one that nobody knew, nothing', async () => {
  const { write, ask } = model('weights')
  const said: string[] = []
  const look = (when: string) => ask(later, () => said.push(when))
  await look('new')
  await look('same')
  write('weightz')
  await look('changed')
  expect(said).toEqual(['changed'])
})

test('what has changed just now is read again, as it may change again in the same moment, and is not said to have changed', async () => {
  const { store, write, ask } = model('weights')
  expect(await ask(Date.now)).toBe(sha256('weights'))
  expect(readFileSync(store, 'utf8')).not.toContain(sha256('weights'))
  const said: string[] = []
  await ask(Date.now, () => said.push('same'))
  write('weightz')
  expect(await ask(Date.now, () => said.push('changed'))).toBe(sha256('weightz'))
  expect(said).toEqual(['changed'])
})

test('what cannot be understood or written is no reason to fail', async () => {
  const { folder, store, ask } = model('weights')
  await ask()
  writeFileSync(store, 'null')
  expect(await ask()).toBe(sha256('weights'))
  writeFileSync(store, '{')
  expect(await ask()).toBe(sha256('weights'))
  const other = model('other')
  writeFileSync(join(other.folder, '.img2vid'), '')
  expect([await other.ask(), folder === other.folder]).toEqual([sha256('other'), false])
})
