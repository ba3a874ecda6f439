import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The program, from the packed and installed package. */
    program: string
    /** The Node that runs it. */
    node: string
    /** Where it keeps its compiled code, for all users alike. */
    cache: string
  }
}

const WITH_THE_PACKAGE = ['cli', 'docker']

/** Builds and packs the package once, and installs it as a user would, for the projects that need it. */
export default async function setup(project: TestProject): Promise<() => void> {
  if (!project.vitest.projects.some(({ name }) => WITH_THE_PACKAGE.includes(name))) return () => {}
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
  const folder = mkdtempSync(join(tmpdir(), 'img2vid-packed-'))
  const npm = (cwd: string, ...args: string[]) =>
    execFileSync('npm', [...args, '--silent', '--no-audit', '--no-fund'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const tarball =
    npm(process.cwd(), 'pack', '--ignore-scripts', '--pack-destination', folder).trim().split('\n').at(-1) ?? ''
  const user = join(folder, 'user')
  mkdirSync(user)
  writeFileSync(join(user, 'package.json'), '{}')
  npm(user, 'install', '--offline', join(folder, tarball))
  project.provide('program', join(user, 'node_modules/.bin/img2vid'))
  project.provide('node', process.env.IMG2VID_TEST_NODE ?? process.execPath)
  const cache = join(folder, 'cache')
  project.provide('cache', cache)
  // An embedded AWS that a test starts by itself keeps its code there too, and not with whoever runs the tests.
  process.env.XDG_CACHE_HOME = cache
  return () => rmSync(folder, { recursive: true, force: true })
}
