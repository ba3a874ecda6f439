import { createNamespace, deleteNamespace, findNamespace } from '../services/ecs/service-connect.ts'
import { type Properties, resource } from './resource.ts'

/** Namespaces for Service Connect; there is no DNS here that would answer for private ones. */
const namespace = resource<Properties>({
  create: ({ Name }, { world, call }) => createNamespace(world, call.region, String(Name)).id,
  update: () => {},
  delete: (id, _properties, { world, call }) => deleteNamespace(world, call.region, id),
  attributes: (id, { world, call }) => ({ Id: id, Arn: findNamespace(world, call.region, id)?.arn }),
})

export const serviceDiscoveryResources = {
  'AWS::ServiceDiscovery::HttpNamespace': namespace,
  'AWS::ServiceDiscovery::PrivateDnsNamespace': namespace,
}
