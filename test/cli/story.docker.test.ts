import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Built } from '../../src/commands/build.ts'
import type { Deployed } from '../../src/commands/deploy.ts'
import type { Destroyed } from '../../src/commands/destroy.ts'
import type { LocalStatus } from '../../src/commands/local.ts'
import type { Pushed } from '../../src/commands/push.ts'
import type { Status } from '../../src/commands/status.ts'
import { DOCKERFILE, newUser } from '../support/cli.ts'

/** Other tests use the same engine. */
const containers = () =>
  execFileSync('docker', ['ps', '--all', '--quiet', '--filter', 'name=ecs-story-dev-'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
const page = async (url: string | null | undefined) => (await fetch(url ?? '')).text()

test('from an empty folder with a Dockerfile to a URL and back to nothing', async () => {
  const user = newUser({ docker: true, files: { Dockerfile: DOCKERFILE } })

  const first = await user.img2vid('deploy --local --yes --json --app story')
  expect([first.exitCode, first.stderr.includes('story-dev-web')]).toEqual([0, true])
  const { web } = first.json<Deployed>().services
  expect(first.json()).toMatchObject({
    app: 'story',
    environment: 'dev',
    changed: true,
    local: true,
    tasks: 'containers',
  })
  expect(web?.image).toMatch(/^127\.0\.0\.1:\d+\/story\/web@sha256:[0-9a-f]{64}$/)
  expect(await page(web?.url)).toContain('It runs.')
  expect(containers()).toHaveLength(1)

  const second = await user.img2vid('deploy --local --yes --json')
  expect(second.json()).toMatchObject({ changed: false, services: { web: { ...web, changed: false } } })
  expect(second.stderr).not.toContain('building')

  user.write({ Dockerfile: DOCKERFILE.replace('EXPOSE', 'ENV GREETING=Changed\nEXPOSE') })
  const third = (await user.img2vid('deploy --local --yes --json --tag v2')).json<Deployed>()
  expect([third.changed, third.services.web?.url === web?.url, third.services.web?.image === web?.image]).toEqual([
    true,
    true,
    false,
  ])
  expect(await page(web?.url)).toContain('Changed')

  const { dev } = (await user.img2vid('status --local --json')).json<Status>().environments
  expect(dev?.services.web).toMatchObject({
    desired: 1,
    running: 1,
    healthy: 1,
    url: web?.url,
    image: third.services.web?.image,
    tags: [expect.stringMatching(/^content-/), 'v2'],
    deployment: { state: 'COMPLETED' },
  })

  const gone = await user.img2vid('destroy --local --yes --images --json')
  expect(gone.json<Destroyed>()).toMatchObject({
    changed: true,
    stacks: ['story-dev-web', 'story-dev', 'story'],
    images: 2,
    revisions: 2,
    left: [],
  })
  expect((await user.img2vid('destroy --local --yes')).stdout).toContain('there is nothing of story / dev to destroy')
  expect(containers()).toEqual([])
})

test('keeps what was deployed over a stop of the embedded AWS', async () => {
  const user = newUser({ docker: true, files: { Dockerfile: DOCKERFILE } })
  const { services } = (await user.img2vid('deploy --local --yes --json')).json<Deployed>()
  const running = (await user.img2vid('local status --json')).json<LocalStatus>()
  expect(running).toMatchObject({
    running: true,
    docker: true,
    endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  })
  await user.img2vid('local stop')
  expect((await user.img2vid('local status --json')).json()).toEqual({
    running: false,
    endpoint: null,
    pid: null,
    docker: false,
  })
  expect((await user.img2vid('local start --json')).json<LocalStatus>().endpoint).toBe(running.endpoint)
  expect((await user.img2vid('deploy --local --yes --json')).json<Deployed>()).toMatchObject({
    changed: false,
    services: { web: { url: services.web?.url } },
  })
  expect(await page(services.web?.url)).toContain('It runs.')
})

test('runs an image that exists, and says its digest if it has one', async () => {
  const user = newUser({ docker: true, files: { Dockerfile: DOCKERFILE } })
  const existing = (location: string) => ({
    'other.yaml': `app: other\nservices: { web: { image: { location: '${location}', port: 8080 } } }\n`,
  })
  const deployed = async () => {
    const { services } = (await user.img2vid('deploy --local --yes --json --manifest other.yaml')).json<Deployed>()
    return services.web?.image
  }
  await user.img2vid('init --app own --port 8080')
  const { web } = (await user.img2vid('push --local --yes --json')).json<Pushed>().images
  user.write(existing(web?.image.replace(/@.*/, `:${web.tag}`) ?? ''))
  expect(await deployed()).toBe(web?.image)

  // Only the engine has it: it was pushed nowhere. An image of its own, or it would go while another test builds the same.
  const name = 'img2vid-test/existing:1'
  execFileSync('docker', [
    'build',
    '--quiet',
    '--no-cache',
    '--label',
    `test=${user.folder}`,
    '--tag',
    name,
    user.folder,
  ])
  user.write(existing(name))
  expect(await deployed()).toBe(name)
  execFileSync('docker', ['image', 'rm', '--force', '--no-prune', name])
})

test('an image is made from one in ECR, where nobody has logged in, and docker is left as it is', async () => {
  const configuration = '{ "HttpHeaders": { "User-Agent": "of the user" } }'
  const user = newUser({ docker: true, files: { Dockerfile: DOCKERFILE, '.docker/config.json': configuration } })
  await user.img2vid('init --app based --port 8080')
  const { web } = (await user.img2vid('push --local --yes --json')).json<Pushed>().images
  const base = web?.image.replace(/@.*/, `:${web.tag}`) ?? ''
  user.write({ Dockerfile: `FROM ${base}\nENV GREETING=Based\n` })

  expect((await user.img2vid('build --local --json')).stderr).not.toContain('not logged in')
  const { services } = (await user.img2vid('deploy --local --yes --json')).json<Deployed>()
  expect(await page(services.web?.url)).toContain('Based')
  expect(readFileSync(join(user.folder, '.docker/config.json'), 'utf8')).toBe(configuration)
  expect(readdirSync(join(user.folder, '.docker'))).toEqual(['config.json'])
  execFileSync('docker', ['image', 'rm', '--force', '--no-prune', base])
})

test('what img2vid keeps beside the sources is in no image, even when a Dockerfile copies everything', async () => {
  const user = newUser({ docker: true, files: { Dockerfile: 'FROM scratch\nCOPY . /\nCMD ["/server"]\n' } })
  await user.img2vid('init --app own --port 8080')
  await user.img2vid('local start')
  const image = (await user.img2vid('build --json')).json<Built>().images.web?.image ?? ''
  const container = execFileSync('docker', ['create', image], { encoding: 'utf8' }).trim()
  const files = execFileSync('sh', ['-c', `docker export ${container} | tar --list`], { encoding: 'utf8' }).split('\n')
  execFileSync('docker', ['rm', container])
  execFileSync('docker', ['image', 'rm', image])
  // Docker makes these itself.
  const own = files.filter((file) => file !== '' && !/^(\.dockerenv|dev|etc|proc|sys)(\/|$)/.test(file))
  expect(own.sort()).toEqual(['.dockerignore', 'Dockerfile', 'img2vid.yaml', 'server'])
})
