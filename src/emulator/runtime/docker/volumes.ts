import { spawn } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import type { ContainerMount, ContainerSpec } from '../runtime.ts'
import { mountArguments } from './arguments.ts'
import { DockerError, docker } from './cli.ts'

/** Gives the directories of volumes to those that AWS gives them to. */
export async function prepareVolumes({ image, mounts = [] }: ContainerSpec): Promise<void> {
  for (const mount of mounts) if (mount.owner) await prepare(image, mount, mount.owner)
}

const FOLDER = 'volume'

/** By a container that is never started: what is copied into it can have an owner and a mode. */
async function prepare(image: string, mount: ContainerMount, owner: NonNullable<ContainerMount['owner']>) {
  const { uid, gid, mode } = owner
  const mounted = mountArguments({ ...mount, path: `/${FOLDER}`, readOnly: false })
  const id = (await docker(['create', '--entrypoint', '/none', ...mounted, image])).trim()
  try {
    const archive = pack()
    archive.entry({ name: `${FOLDER}/`, type: 'directory', uid, gid, mode })
    archive.finalize()
    const copy = spawn('docker', ['cp', '-', `${id}:/`], { stdio: ['pipe', 'ignore', 'pipe'] })
    let errors = ''
    copy.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    const ended = new Promise<void>((resolve, reject) => {
      copy.on('error', reject)
      copy.on('close', (code) => (code === 0 ? resolve() : reject(new DockerError(code ?? 1, errors))))
    })
    await Promise.all([pipeline(archive, copy.stdin), ended])
  } finally {
    await docker(['rm', id])
  }
}

/** Removes volumes that nobody uses any more. */
export async function removeVolumes(labels: Readonly<Record<string, string>>): Promise<void> {
  const filters = Object.entries(labels).flatMap(([name, value]) => ['--filter', `label=${name}=${value}`])
  const names = (await docker(['volume', 'ls', '--quiet', ...filters])).split('\n').filter(Boolean)
  for (const name of names) {
    await docker(['volume', 'rm', '--force', name]).catch((error: Error) => {
      // Who uses it last removes it.
      if (!/volume is in use/.test(error.message)) throw error
    })
  }
}
