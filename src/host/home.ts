import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a project's folder keeps what is of no use to anybody else: private, and nothing in it is for git. */
export function privateHome(folder: string): string {
  const home = join(folder, '.img2vid')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  writeFileSync(join(home, '.gitignore'), '*\n')
  return home
}
