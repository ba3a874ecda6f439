import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contextDigest } from '../../src/host/build-context.ts'
import { temporaryFolder } from '../support/folder.ts'

const DOCKERFILE = 'FROM scratch\nCOPY . /\n'
const IGNORE = 'logs\n*.tmp\n!kept.tmp\n'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** More files than are read at once, a big one, a link, and what is left out. */
function project(): string {
  const root = temporaryFolder()
  for (const folder of ['lib', 'logs', '.git']) mkdirSync(join(root, folder))
  const files = {
    ...Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`lib/${index}`, `text ${index}`])),
    Dockerfile: DOCKERFILE,
    '.dockerignore': IGNORE,
    'img2vid.yaml': 'app: demo',
    '.git/HEAD': 'ref',
    'logs/today': 'much',
    'a.tmp': 'left out',
    'kept.tmp': 'kept',
    model: 'x'.repeat(3_000_000),
  }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(root, name), text)
    chmodSync(join(root, name), 0o644)
  }
  chmodSync(join(root, 'model'), 0o755)
  symlinkSync('lib/1', join(root, 'link'))
  return root
}

test('the digest is of all that a build reads, in the order of names', async () => {
  const root = project()
  const inOrder = Array.from({ length: 50 }, (_, index) => `${index}`).sort()
  const expected = createHash('sha256')
    .update(`["linux/amd64"]${DOCKERFILE}`)
    .update(`\0.dockerignore\x00644\0${IGNORE}\0Dockerfile\x00644\0${DOCKERFILE}\0kept.tmp\x00644\0kept`)
    .update(inOrder.map((name) => `\0lib/${name}\x00644\0text ${name}`).join(''))
    .update(`\0link\x00777\0link lib/1\0model\x00755\0${sha256('x'.repeat(3_000_000))}`)
    .digest('hex')
  const digest = () => contextDigest(root, join(root, 'Dockerfile'), ['linux/amd64'])
  const first = await digest()
  utimesSync(join(root, 'model'), 1, 1)
  writeFileSync(join(root, 'logs/today'), 'more')
  expect([first, await digest()]).toEqual([expected, expected])
})
