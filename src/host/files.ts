import { readFileSync } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Files } from '../context.ts'
import type { ResourceSchemas } from '../plan/stacks/override-checks.ts'
import { TEMPLATES, type TemplateTexts } from '../plan/template-texts.ts'
import type { FileDigest } from './file-digests.ts'

/** The disk, seen from a working directory. `packageFolder` holds the templates, `ownFolder` what is the user's own. */
export function diskFiles(workingDirectory: string, packageFolder: string, ownFolder = tmpdir()): Files {
  const absolute = (...path: readonly string[]) => resolve(workingDirectory, ...path)
  return {
    workingDirectory,
    get templates() {
      return readTemplates(join(packageFolder, 'templates'))
    },
    async resourceSchemas() {
      const { default: schemas } = await import('../../generated/resource-schema.json', { with: { type: 'json' } })
      return schemas as unknown as ResourceSchemas
    },
    async read(path) {
      try {
        return readFileSync(absolute(path), 'utf8')
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
        throw named(error, absolute(path))
      }
    },
    async write(path, text) {
      const file = absolute(path)
      await naming(file, writeFile(`${file}.new`, text))
      await naming(file, rename(`${file}.new`, file))
    },
    makeDirectory: async (path) => {
      await mkdir(absolute(path), { recursive: true })
    },
    exists: (path) =>
      access(absolute(path)).then(
        () => true,
        () => false,
      ),
    get dockerFolder() {
      return process.env.DOCKER_CONFIG || join(homedir(), '.docker')
    },
    async withPrivateFolder(contents, action, other) {
      const folder = await newFolder(ownFolder)
      try {
        const all = Object.entries(contents)
        if (other !== undefined) await linkFolders(other, folder)
        await Promise.all(all.map(([name, text]) => writeFile(join(folder, name), text, { mode: 0o700 })))
        return await action(folder)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
    async contextDigest({ context, dockerfile, settings }, folder, changed) {
      const { contextDigest } = await import('./build-context.ts')
      const { withKnownDigests } = await import('./file-digests.ts')
      const action = (digest: FileDigest) => contextDigest(absolute(context), absolute(dockerfile), settings, digest)
      return withKnownDigests(absolute(folder), action, { changed })
    },
    absolute,
  }
}

/** What goes wrong names the file that is meant: Node leaves it out of a folder's error, and ours is written under another name. */
const named = (error: unknown, path: string): Error => Object.assign(error as Error, { path })

const naming = <Value>(path: string, action: Promise<Value>): Promise<Value> =>
  action.catch((error: unknown) => {
    throw named(error, path)
  })

async function linkFolders(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => [])
  await Promise.all(
    names.map(async (name) => {
      const isFolder = (await stat(join(from, name)).catch(() => undefined))?.isDirectory()
      if (isFolder) await symlink(join(from, name), join(to, name), 'junction')
    }),
  )
}

export function readTemplates(folder: string): TemplateTexts {
  const file = (name: string) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.yaml`
  return Object.fromEntries(
    TEMPLATES.map((name) => [name, readFileSync(join(folder, file(name)), 'utf8')]),
  ) as TemplateTexts
}

/** Careful machines run no programs from the folder for temporary files; others have no home that can be written to. */
async function newFolder(parent: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true })
    return await mkdtemp(join(parent, 'img2vid-'))
  } catch {
    return mkdtemp(join(tmpdir(), 'img2vid-'))
  }
}
