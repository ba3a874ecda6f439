import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { explain } from '../../src/errors.ts'
import { diskFiles } from '../../src/host/files.ts'
import { temporaryFolder } from '../support/folder.ts'

const used = async (own: string) =>
  diskFiles(own, own, own).withPrivateFolder({ hello: '#!/bin/sh\nprintf hello\n' }, async (folder) => ({
    folder,
    said: execFileSync(join(folder, 'hello'), { encoding: 'utf8' }),
  }))

test('a private folder for programs is in the user’s own, which may not be there yet, and goes again', async () => {
  const own = join(temporaryFolder(), 'cache', 'img2vid')
  const { folder, said } = await used(own)
  expect([dirname(folder), said, existsSync(folder)]).toEqual([own, 'hello', false])
})

test('a private folder has links to the folders of another, and takes away and overwrites none of its files', async () => {
  const [own, other] = [temporaryFolder(), temporaryFolder()]
  mkdirSync(join(other, 'plugins'))
  writeFileSync(join(other, 'plugins', 'one'), '1')
  writeFileSync(join(other, 'elsewhere.json'), 'theirs')
  symlinkSync(join(other, 'elsewhere.json'), join(other, 'config.json'))
  const seen = await diskFiles(own, own, own).withPrivateFolder(
    { 'config.json': 'ours' },
    async (folder) => [
      readdirSync(folder).sort(),
      readFileSync(join(folder, 'plugins', 'one'), 'utf8'),
      readFileSync(join(folder, 'config.json'), 'utf8'),
    ],
    other,
  )
  expect(seen).toEqual([['config.json', 'plugins'], '1', 'ours'])
  expect(readdirSync(other).sort()).toEqual(['config.json', 'elsewhere.json', 'plugins'])
  expect(readFileSync(join(other, 'plugins', 'one'), 'utf8') + readFileSync(join(other, 'config.json'), 'utf8')).toBe(
    '1theirs',
  )
})

test('without a home that can be written to it is a temporary one', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const { folder, said } = await used(join(file, 'cache'))
  expect([dirname(folder), said, existsSync(folder)]).toEqual([tmpdir(), 'hello', false])
})

test('what a disk refuses is told with the file and what to do, and is no bug', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const files = diskFiles(folder, folder, folder)
  const refused = async (action: Promise<unknown>) => explain(await action.catch((error: unknown) => error))
  expect(await refused(files.read('.'))).toEqual({
    ...{ outcome: 'failed', message: `${folder} is a folder`, hint: 'name a file' },
  })
  expect(await refused(files.makeDirectory('file'))).toEqual({
    ...{ outcome: 'failed', message: `${join(folder, 'file')} is a file`, hint: 'name a folder' },
  })
  expect(await refused(files.write('none/out.yaml', ''))).toEqual({
    ...{ outcome: 'failed', message: `${join(folder, 'none/out.yaml')} is not there` },
    hint: 'make the folder that it is to be in, or name another place',
  })
})
