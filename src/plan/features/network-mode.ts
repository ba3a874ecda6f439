import * as z from 'zod'
import type { Check, ServiceFinding } from '../manifest/checks/places.ts'
import { containersOf } from '../manifest/containers.ts'
import { port } from '../manifest/fields.ts'
import type { Compute } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import type { Feature } from './feature.ts'

export type NetworkMode = 'awsvpc' | 'bridge' | 'host' | 'none'

/** The part of a service's `network` that says how its containers are connected. */
export const networkModeFields = {
  mode: z
    .enum(['bridge', 'awsvpc', 'host', 'none'])
    .optional()
    .describe('on instances: bridge (default), awsvpc: an interface of its own, host: the instance’s, or none'),
  host_port: port.optional().describe('port of the instance on a bridge; one that Docker chooses if left out'),
}

export function networkModeOf(
  { network = {} }: Pick<ManifestService, 'network'>,
  { kind }: Pick<Compute, 'kind'>,
): NetworkMode {
  if (kind === 'fargate') return 'awsvpc'
  return network.mode ?? (kind === 'managed' ? 'awsvpc' : 'bridge')
}

/** Ports that an instance needs for itself: SSH, Docker and the ECS agent. */
const RESERVED = [22, 2375, 2376, 51678, 51679]

const modes: Check = (service, { name, compute, placement, http, port }) => {
  const { mode, host_port } = service.network ?? {}
  const at = ['network', 'mode']
  const chosen = networkModeOf(service, compute)
  const kind = compute.kind
  return [
    ...(mode !== undefined && kind === 'fargate' && mode !== 'awsvpc'
      ? [
          {
            at,
            because: ['compute'],
            message: 'Fargate gives each task an interface of its own (awsvpc); instances have the others',
          },
        ]
      : []),
    ...(kind === 'managed' && (mode === 'bridge' || mode === 'none')
      ? [{ at, because: ['compute'], message: 'Managed Instances have awsvpc and host' }]
      : []),
    ...(kind === 'external' && mode === 'awsvpc'
      ? [{ at, because: ['compute'], message: 'machines that are not AWS’s have bridge, host and none' }]
      : []),
    ...(chosen === 'awsvpc' && kind !== 'fargate' && kind !== 'external' && placement === 'public'
      ? [
          {
            at,
            because: ['network', 'vpc', 'placement'],
            message:
              'an interface of its own gets no public address on an instance; set network.vpc.placement: private',
          },
        ]
      : []),
    ...(chosen === 'none' ? unreachable(service, name) : []),
    ...(host_port !== undefined && chosen !== 'bridge'
      ? [
          {
            at: ['network', 'host_port'],
            because: at,
            message: 'is for a bridge; otherwise the container’s port is the one',
          },
        ]
      : []),
    ...(host_port !== undefined && RESERVED.includes(host_port)
      ? [{ at: ['network', 'host_port'], message: `${host_port} is a port that the instance needs itself` }]
      : []),
    ...(host_port !== undefined && port === undefined
      ? [{ at: ['network', 'host_port'], because: ['image', 'port'], message: 'leads to no port: name image.port' }]
      : []),
    ...(kind === 'external' && http
      ? [
          {
            at: ['http'],
            because: ['compute'],
            message: 'no load balancer reaches machines that are not AWS’s; set http: false',
          },
        ]
      : []),
  ]
}

const unreachable = (service: ManifestService, name: string): ServiceFinding[] =>
  containersOf(name, service).flatMap(({ settings, place }) =>
    settings.port === undefined
      ? []
      : [
          {
            at: place(['port']),
            because: ['network', 'mode'],
            message: 'a container without a network listens on no port',
          },
        ],
  )

/** Whether each task takes ports of its instance that no other task can have. */
export const takesPorts = (service: ManifestService, compute: Compute): boolean => {
  const mode = networkModeOf(service, compute)
  return (mode === 'host' && service.image?.port !== undefined) || service.network?.host_port !== undefined
}

export const networkMode: Feature = { checks: [modes] }
