import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
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

test('without a home that can be written to it is a temporary one', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const { folder, said } = await used(join(file, 'cache'))
  expect([dirname(folder), said, existsSync(folder)]).toEqual([tmpdir(), 'hello', false])
})
