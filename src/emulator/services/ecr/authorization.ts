import type * as Sdk from '@aws-sdk/client-ecr'
import { registryListener } from '../../registry/listener.ts'
import type { RegistryLogin } from '../../runtime/runtime.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { registryHost } from './state.ts'
import { issueToken } from './tokens.ts'

/** Makes sure that the region's registry listens. Resolves to `127.0.0.1:<port>`. */
export async function openRegistry(world: World, region: string): Promise<string> {
  const { ecr } = world.region(region)
  ecr.port = await world.registry.open(region, ecr.port, registryListener(world, region))
  return registryHost(world, region)
}

/** What the container runtime needs to pull an image; nothing when it lies in no registry of this AWS. */
export function registryLogin(world: World, image: string): RegistryLogin | undefined {
  const region = regionOfRegistry(world, image)
  if (region === undefined) return undefined
  return { host: registryHost(world, region), user: 'AWS', password: issueToken(world, region).token }
}

/** The region in whose registry the image lies, if it is one of this AWS. */
export const regionOfRegistry = (world: World, image: string): string | undefined =>
  Object.values(world.state.regions).find(
    ({ name, ecr }) => ecr.port !== undefined && image.startsWith(`${registryHost(world, name)}/`),
  )?.name

export const authorization = (world: World) =>
  ({
    GetAuthorizationToken: async (_input, { region }) => {
      const proxyEndpoint = `http://${await openRegistry(world, region)}`
      const { token, expiresAt } = issueToken(world, region)
      const authorizationToken = Buffer.from(`AWS:${token}`).toString('base64')
      return { authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint }] }
    },
  }) satisfies Handlers<typeof Sdk>
