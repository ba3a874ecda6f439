import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { planImages } from '../../src/commands/steps/images.ts'
import { childProcesses } from '../../src/host/run.ts'
import { flags, testWorld } from '../support/context.ts'
import { resolved } from '../support/problems.ts'

const MANIFEST = 'app: demo\nservices: { web: { image: { build: . } } }\n'

test('an image is tagged with the commit while nothing in its project differs from it', async () => {
  const world = await testWorld({ files: { 'app/img2vid.yaml': MANIFEST, 'app/Dockerfile': 'FROM scratch\n' } })
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', world.folder, '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  const result = resolved(MANIFEST)
  if (!('environment' in result)) throw new Error(result.problems.join('\n'))
  const { environment } = result
  const context = { ...world.context, run: childProcesses() }
  const tags = async () => {
    const images = await planImages(environment, { ...flags, manifest: 'app/img2vid.yaml' }, context)
    return images.map(({ furtherTags }) => furtherTags)
  }

  expect(await tags()).toEqual([[]])
  git('init', '--quiet')
  expect(await tags()).toEqual([[]])
  git('add', '.')
  git('commit', '--quiet', '--message', 'first')
  const commit = [[`git-${git('rev-parse', 'HEAD').slice(0, 12)}`]]
  expect(await tags()).toEqual(commit)
  world.write({ 'elsewhere/notes.txt': 'not of the project' })
  expect(await tags()).toEqual(commit)
  world.write({ 'app/model.txt': 'new' })
  expect(await tags()).toEqual([[]])
  git('add', '.')
  git('commit', '--quiet', '--message', 'second')
  world.write({ 'app/Dockerfile': 'FROM scratch\nENV COLOUR=green\n' })
  expect(await tags()).toEqual([[]])
})
