import type * as Sdk from '@aws-sdk/client-servicediscovery'
import { AwsError } from '../errors.ts'
import { page } from '../page.ts'
import type { Handlers } from '../wire/handlers.ts'
import type { Call, World } from '../world.ts'
import { ecsOf } from './ecs/find.ts'
import { serviceConnectResources } from './ecs/service-connect.ts'

/** AWS Cloud Map, as far as ECS fills it for Service Connect. */
export const servicediscovery = (world: World) => {
  const namespaces = ({ region }: Call) =>
    Object.values(ecsOf(world, region).namespaces ?? {}).map(({ id, arn, name }) => ({
      ...{ Id: id, Arn: arn, Name: name },
      Type: 'HTTP' as const,
      Properties: { HttpProperties: { HttpName: name } },
    }))
  const services = ({ region }: Call) =>
    Object.values(ecsOf(world, region).services)
      .filter(({ status }) => status !== 'INACTIVE')
      .flatMap((service) => serviceConnectResources(world, region, service))
      .map(({ discoveryName, discoveryArn = '' }) => ({
        ...{ Id: discoveryArn.split('/').at(-1), Arn: discoveryArn, Name: discoveryName },
        Type: 'HTTP' as const,
      }))
  const known = (namespace: string | undefined, call: Call) =>
    namespaces(call).find(({ Id, Arn }) => Id === namespace || Arn === namespace) ??
    refuse('NamespaceNotFound', `The namespace ${namespace} was not found.`)
  return {
    ListNamespaces: ({ MaxResults = 100, NextToken, Filters = [] }, call) => {
      const wanted = namespaces(call).filter((one) =>
        Filters.every(({ Name, Values = [] }) =>
          Name === 'HTTP_NAME' || Name === 'NAME' ? Values.includes(one.Name) : Values.includes(one.Type),
        ),
      )
      const { items, next } = page(wanted, MaxResults, NextToken)
      return { Namespaces: items, ...(next !== undefined && { NextToken: next }) }
    },
    GetNamespace: ({ Id }, call) => ({ Namespace: known(Id, call) }),
    ListServices: ({ MaxResults = 100, NextToken, Filters = [] }, call) => {
      const ids = Filters.flatMap(({ Values = [] }) => Values.map((one) => known(one, call).Id))
      const wanted = services(call).filter(({ Id = '' }) => ids.length === 0 || ids.some((id) => Id.startsWith(id)))
      const { items, next } = page(wanted, MaxResults, NextToken)
      return { Services: items, ...(next !== undefined && { NextToken: next }) }
    },
    GetService: ({ Id }, call) => ({
      Service:
        services(call).find((one) => one.Id === Id || one.Arn === Id) ??
        refuse('ServiceNotFound', `The service ${Id} was not found.`),
    }),
  } satisfies Handlers<typeof Sdk>
}

function refuse(code: string, message: string): never {
  throw new AwsError(code, message)
}
