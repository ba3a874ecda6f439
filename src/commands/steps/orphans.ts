import type { Aws } from '../../context.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import { environmentStack, serviceStack } from '../../plan/names.ts'

/** Stacks of services that the manifest no longer has. Somebody's own stack may import the cluster too. */
export async function orphansOf({ app, name, services }: Environment, aws: Aws): Promise<string[]> {
  const importers = await aws.stacks.importers(`${environmentStack(app, name)}-Cluster`)
  const known = services.map((service) => serviceStack(app, name, service.name))
  return importers.filter((stack) => stack.startsWith(serviceStack(app, name, '')) && !known.includes(stack))
}
