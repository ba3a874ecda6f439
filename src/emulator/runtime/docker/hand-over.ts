import { spawn } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import type { Image, Repository } from '../../services/ecr/state.ts'
import type { World } from '../../world.ts'
import { DockerError, docker } from './cli.ts'

interface ImageIndex {
  readonly manifests: readonly {
    readonly digest: string
    readonly platform?: { readonly os: string; readonly architecture: string }
  }[]
}

interface ImageManifest {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
}

/**
 * Loads an image of the embedded registry into an engine that cannot reach the registry, because its loopback is
 * another one. Returns what the engine calls it; undefined when no registry here has it.
 */
export async function handOverImage(world: World, reference: string): Promise<string | undefined> {
  const image = lookUp(world, reference, await enginePlatform())
  if (!image) return undefined
  const manifest = JSON.parse(image.manifest) as ImageManifest
  const name = `embedded-aws/${image.digest.replace('sha256:', '').slice(0, 32)}:handed-over`
  const { blobs } = world.registry
  const archive = pack()
  const load = spawn('docker', ['load', '--quiet'], { stdio: ['pipe', 'ignore', 'pipe'] })
  let errors = ''
  load.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const ended = new Promise<void>((resolve, reject) => {
    load.on('error', reject)
    load.on('close', (code) => (code === 0 ? resolve() : reject(new DockerError(code ?? 1, errors))))
  })
  const file = (digest: string) => digest.replace('sha256:', '')
  const index = [
    {
      Config: file(manifest.config.digest),
      RepoTags: [name],
      Layers: manifest.layers.map(({ digest }) => file(digest)),
    },
  ]
  const filling = (async () => {
    for (const digest of new Set([manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)])) {
      const size = (await blobs.size(digest)) ?? 0
      await pipeline(blobs.read(digest), archive.entry({ name: file(digest), size }))
    }
    archive.entry({ name: 'manifest.json' }, JSON.stringify(index))
    archive.finalize()
  })()
  await Promise.all([pipeline(archive, load.stdin), filling, ended])
  return name
}

function lookUp(world: World, reference: string, platform: string): Image | undefined {
  const [, port, name = '', tag, digest] = /^127\.0\.0\.1:(\d+)\/([^@:]+)(?::([^@]+))?(?:@(.+))?$/.exec(reference) ?? []
  for (const { ecr } of Object.values(world.state.regions)) {
    if (String(ecr.port) !== port) continue
    const repository = ecr.repositories[name]
    const image = repository?.images[digest ?? repository.imageTags[tag ?? 'latest'] ?? '']
    return image && (ofEngine(repository, image, platform) ?? image)
  }
  return undefined
}

/** The image for the engine's platform that an index lists, as newer engines push one. */
function ofEngine({ images }: Repository, { manifest }: Image, platform: string): Image | undefined {
  const { manifests = [] } = JSON.parse(manifest) as Partial<ImageIndex>
  const matching = manifests.find((one) => `${one.platform?.os}/${one.platform?.architecture}` === platform)
  return matching && images[matching.digest]
}

const enginePlatform = async (): Promise<string> =>
  (await docker(['version', '--format', '{{.Server.Os}}/{{.Server.Arch}}'])).trim()
