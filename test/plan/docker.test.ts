import { expect, test } from 'vitest'
import { buildCommand, buildSettings } from '../../src/plan/docker.ts'
import { resolveImage } from '../../src/plan/features/image.ts'
import type { Build } from '../../src/plan/manifest/model.ts'

const built = (details: object) => resolveImage('shop', 'web', { build: { context: 'app', ...details } }) as Build
const paths = {
  context: '/home/me/app',
  dockerfile: '/home/me/app/Dockerfile',
  absolute: (path: string) => `/home/me/${path}`,
}
const command = (details: object) => buildCommand(built(details), 'linux/amd64', { tag: 'img:1' }, paths)

test('a build sees secrets, keys and caches by flags that hold none of their values', () => {
  const { args, env } = command({
    target: 'prod',
    args: { V: 1 },
    secrets: { npmrc: { file: '.npmrc' }, token: { env: 'GIT_TOKEN' } },
    ssh: true,
    cache_from: ['team/web:cache'],
    cache_to: ['type=inline'],
  })
  expect(args.join(' ')).toBe(
    'build --platform linux/amd64 --file /home/me/app/Dockerfile --target prod --build-arg V=1 --secret id=npmrc,src=/home/me/.npmrc --secret id=token,env=GIT_TOKEN --ssh default --cache-from team/web:cache --cache-to type=inline --tag img:1 /home/me/app',
  )
  expect(env).toEqual({ DOCKER_BUILDKIT: '1' })
})

test('a build that needs nothing of BuildKit leaves the builder to Docker', () => {
  expect(command({ cache_from: ['team/web:cache'] }).env).toBeUndefined()
})

test('who lends secrets and caches makes no other image', () => {
  const plain = buildSettings(built({}), 'linux/amd64')
  expect(
    buildSettings(built({ secrets: { a: { env: 'A' } }, ssh: ['default'], cache_to: ['x'] }), 'linux/amd64'),
  ).toEqual(plain)
  expect(buildSettings(built({ args: { A: 1 } }), 'linux/amd64')).not.toEqual(plain)
})
