import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withLock } from '../../src/host/lock.ts'
import { temporaryFolder } from '../support/folder.ts'

const PATIENCE = 30_000
const newLock = () => join(temporaryFolder(), 'lock')
const left = (file: string) => readdirSync(dirname(file))

/** The number of a process that is no more. */
const deadProcess = () => spawnSync(process.execPath, ['-e', '']).pid

/** So many at once; the most that were inside at the same time. */
async function crowd(file: string, size: number): Promise<number> {
  let inside = 0
  let most = 0
  const visits = Array.from({ length: size }, () =>
    withLock(file, PATIENCE, async () => {
      most = Math.max(most, ++inside)
      await turn()
      inside--
    }),
  )
  await Promise.all(visits)
  return most
}

test('lets one in at a time, and leaves nothing behind', async () => {
  const file = newLock()
  expect(await crowd(file, 20)).toBe(1)
  expect(left(file)).toEqual([])
})

test('says whose it is, and is free again when the action fails', async () => {
  const file = newLock()
  const action = async () => {
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid))
    throw new Error('broken')
  }
  await expect(withLock(file, PATIENCE, action)).rejects.toThrow('broken')
  expect(left(file)).toEqual([])
})

test.each([
  ['of a process that is no more', () => String(deadProcess())],
  ['that names nobody', () => ''],
])('a lock %s is taken away, and still only one gets in', async (_whose, content) => {
  const file = newLock()
  writeFileSync(file, content())
  expect(await crowd(file, 20)).toBe(1)
  expect(left(file)).toEqual([])
})

test('a lock from before the machine was started is taken away, whoever has its number now', async () => {
  const file = newLock()
  writeFileSync(file, String(process.pid))
  utimesSync(file, 0, 0)
  expect(await crowd(file, 3)).toBe(1)
})

test('who waits in vain for a process that lives hears its number', async () => {
  const file = newLock()
  writeFileSync(file, String(process.ppid))
  await expect(withLock(file, 0, async () => {})).rejects.toMatchObject({
    outcome: 'busy',
    message: `Another command (process ${process.ppid}) has been at it for too long`,
    hint: `end process ${process.ppid}, or remove ${file} if it has nothing to do with img2vid`,
  })
  expect(existsSync(file)).toBe(true)
  expect(left(file)).toEqual(['lock'])
})
