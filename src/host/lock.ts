import { readFileSync } from 'node:fs'
import { link, mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../errors.ts'

const CHECK_MS = 50
/** Taking away a dead owner's lock is a matter of milliseconds. */
const CLEARING_MS = 5_000

/** One process at a time, by a file that names its owner. That of an owner who is no more is taken away. */
export async function withLock<Result>(
  file: string,
  patienceMs: number,
  action: () => Promise<Result>,
): Promise<Result> {
  const mine = `${file}.${process.pid}-${counter++}`
  await writeFile(mine, String(process.pid))
  try {
    // The lock is there with its owner's name in it, or not at all.
    for (let waited = 0; !(await succeeds(link(mine, file), 'EEXIST')); waited += CHECK_MS) {
      if (waited >= patienceMs) throw await stillHeld(file)
      if (await isAbandoned(file)) await takeAway(file)
      else await sleep(CHECK_MS)
    }
  } finally {
    await rm(mine, { force: true })
  }
  try {
    return await action()
  } finally {
    await rm(file, { force: true })
  }
}

let counter = 0

/** Whether it went well; the one failure that is foreseen is none. */
async function succeeds(action: Promise<unknown>, foreseen: string): Promise<boolean> {
  try {
    await action
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === foreseen) return false
    throw error
  }
}

const ownerOf = async (file: string): Promise<number> => Number(await readFile(file, 'utf8').catch(() => ''))

async function isAbandoned(file: string): Promise<boolean> {
  const [owner, status] = await Promise.all([ownerOf(file), stat(file).catch(() => undefined)])
  if (!status) return false
  const beforeThisBoot = status.mtimeMs < Date.now() - uptime() * 1000
  return beforeThisBoot || !isAlive(owner)
}

/** Only one may do it: another could hold the lock anew by the time that the second comes to it. */
async function takeAway(file: string): Promise<void> {
  const clearing = `${file}.clearing`
  if (!(await succeeds(mkdir(clearing), 'EEXIST'))) {
    const since = (await stat(clearing).catch(() => undefined))?.mtimeMs ?? Date.now()
    if (Date.now() - since > CLEARING_MS) await rmdir(clearing).catch(() => {})
    return sleep(CHECK_MS)
  }
  try {
    if (await isAbandoned(file)) await rm(file, { force: true })
  } finally {
    await rmdir(clearing)
  }
}

async function stillHeld(file: string): Promise<UserError> {
  const owner = await ownerOf(file)
  return new UserError('busy', `Another command (process ${owner}) has been at it for too long`, {
    hint: `end process ${owner}, or remove ${file} if it has nothing to do with img2vid`,
  })
}

/** On Linux: it has ended, and only its parent, such as the first process of a container, has not heard of it yet. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
