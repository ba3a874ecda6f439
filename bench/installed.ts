import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What `npm pack` made, installed as a user would, and a user's own folders. */
export interface Installed {
  readonly root: string
  /** Where npm put the package and all that it depends on. */
  readonly modules: string
  readonly program: string
  /** A project with one service, deployed to its embedded AWS without containers. */
  readonly project: string
  /** All that the program finds in its environment. */
  readonly env: Readonly<Record<string, string>>
}

const MANIFEST = `app: demo
services:
  web: { image: { location: example.org/web@sha256:${'1'.repeat(64)}, port: 8080 } }
`

const run = promisify(execFile)

export async function install(): Promise<Installed> {
  await run(process.execPath, ['scripts/build.mjs'])
  const root = await mkdtemp(join(tmpdir(), 'img2vid-bench-'))
  const [user, project] = [join(root, 'user'), join(root, 'project')]
  const npm = (cwd: string, ...args: string[]) => run('npm', [...args, '--silent', '--no-audit', '--no-fund'], { cwd })
  const { stdout } = await npm(process.cwd(), 'pack', '--ignore-scripts', '--pack-destination', root)
  const tarball = stdout.trim().split('\n').at(-1) ?? ''
  for (const folder of [user, project]) await mkdir(folder)
  await writeFile(join(user, 'package.json'), '{}')
  await npm(user, 'install', '--offline', join(root, tarball))
  await writeFile(join(project, 'img2vid.yaml'), MANIFEST)
  const modules = join(user, 'node_modules')
  const program = join(modules, 'img2vid', 'dist', 'start.js')
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: root,
    AWS_EC2_METADATA_DISABLED: 'true',
    IMG2VID_LOCAL_DOCKER: '0',
    IMG2VID_LOCAL_SPEED: '600',
  }
  await run(process.execPath, [program, 'deploy', '--local', '--yes'], { cwd: project, env })
  return { root, modules, program, project, env }
}

export async function remove({ root, program, project, env }: Installed): Promise<void> {
  await run(process.execPath, [program, 'local', 'stop'], { cwd: project, env })
  await rm(root, { recursive: true, force: true })
}
