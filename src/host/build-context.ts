import { createHash, type Hash } from 'node:crypto'
import * as callbacks from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import dockerignore from '@balena/dockerignore'
import { UserError } from '../errors.ts'
import { type FileDigest, fileDigest } from './file-digests.ts'

/** Those of node:fs/promises take a third longer, which counts with thousands of small files. */
const [lstat, readFile] = [promisify(callbacks.lstat), promisify(callbacks.readFile)]

/**
 * A digest of all that `docker build` reads: the files of the context that .dockerignore leaves, with their modes and
 * links, the Dockerfile and the settings. Files are taken in the order of their names, big ones by a digest of their own;
 * times do not count.
 */
export async function contextDigest(
  context: string,
  dockerfile: string,
  settings: readonly string[],
  digest: FileDigest = fileDigest,
): Promise<string> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify(settings))
  hash.update(await readDockerfile(dockerfile, context))
  const ignore = await readIgnore(context, dockerfile)
  await addFolder(hash, context, '', ignore, digest)
  return hash.digest('hex')
}

async function readDockerfile(dockerfile: string, context: string): Promise<Buffer> {
  try {
    return await readFile(dockerfile)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw error
    const message = `there is no Dockerfile at ${dockerfile}`
    throw new UserError('usage', message, { hint: await elsewhere(dockerfile, context), cause: error })
  }
}

/** Where a Dockerfile is that was looked for in the wrong place. */
async function elsewhere(dockerfile: string, context: string): Promise<string> {
  const inContext = join(context, basename(dockerfile))
  if (await is('isDirectory', dockerfile)) return 'that is a folder: name it as context:, or with a / at its end'
  if (await is('isFile', dirname(dockerfile))) return `${dirname(dockerfile)} is a file: name it as dockerfile:`
  if (await is('isFile', inContext)) return `${inContext} is one; paths begin at the folder of the manifest`
  return 'write one, or correct the path, which begins at the folder of the manifest'
}

const is = (what: 'isDirectory' | 'isFile', path: string): Promise<boolean> =>
  stat(path).then(
    (status) => status[what](),
    () => false,
  )

interface IgnoreRules {
  ignores(path: string): boolean
  /** Whether nothing below an ignored folder can be taken back by a later rule. */
  readonly final: boolean
}

/** A file of the Dockerfile's own name comes before the context's, as BuildKit reads them. */
async function readIgnore(context: string, dockerfile: string): Promise<IgnoreRules> {
  for (const file of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const rules = dockerignore.default({ ignorecase: false }).add(text)
    return { ignores: (path) => rules.ignores(path), final: !/^\s*!/m.test(text) }
  }
  return { ignores: () => false, final: true }
}

async function addFolder(
  hash: Hash,
  root: string,
  folder: string,
  rules: IgnoreRules,
  digest: FileDigest,
): Promise<void> {
  const names = await readFolder(join(root, folder))
  const paths = names.sort().map((name) => (folder === '' ? name : `${folder}/${name}`))
  for await (const { path, status, ignored, content } of ahead(paths, (path) => look(root, path, rules))) {
    if (status.isDirectory() && !(ignored && rules.final)) {
      await addFolder(hash, root, path, rules, digest)
      continue
    }
    if (ignored) continue
    hash.update(`\0${path}\0${(status.mode & 0o777).toString(8)}\0`)
    if (content !== undefined) hash.update(content)
    else if (status.isFile()) hash.update(await digest(join(root, path), status))
  }
}

const MEBIBYTE = 1024 * 1024

/** A path with its content, unless that is big. */
async function look(root: string, path: string, rules: IgnoreRules) {
  const file = join(root, path)
  const status = await lstat(file)
  const ignored = rules.ignores(path)
  const content = async () => {
    if (ignored) return undefined
    if (status.isSymbolicLink()) return `link ${await readlink(file)}`
    return status.isFile() && status.size <= MEBIBYTE ? readFile(file) : undefined
  }
  return { path, status, ignored, content: await content() }
}

/** With thousands of small files, to wait for one after the other would take most of the time. */
const AHEAD = 16

/** Begins some before they are asked for; they come in their order. */
async function* ahead<Item, Result>(items: readonly Item[], begin: (item: Item) => Promise<Result>) {
  const begun: Promise<Result>[] = []
  for (const item of items) {
    const one = begin(item)
    // It is told of when its turn comes, if it does.
    one.catch(() => {})
    begun.push(one)
    if (begun.length === AHEAD) yield await (begun.shift() as Promise<Result>)
  }
  yield* begun
}

/** What img2vid and git keep beside the sources is no part of an image, whatever is copied. */
const OWN = new Set(['.img2vid', '.git', 'img2vid.yaml'])

async function readFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !OWN.has(name))
  } catch (error) {
    throw new UserError('usage', `the build context ${folder} cannot be read: ${(error as Error).message}`, {
      hint: 'correct context:, a folder that begins at that of the manifest',
      cause: error,
    })
  }
}
