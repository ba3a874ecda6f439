import { type Exported, isExported } from '../exported.ts'
import { securityGroupsOf } from '../features/network.ts'
import { withRouters } from '../manifest/containers.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { volumesOf } from '../manifest/volumes.ts'
import type { Finding } from './finding.ts'

/** A value that a service has from another stack. */
export interface ExportUse {
  readonly service: string
  readonly what: string
  readonly name: string
}

export const exportUses = (
  environment: Pick<Environment, 'network'>,
  services: readonly Service[],
): readonly ExportUse[] =>
  services.flatMap((service) => {
    const { name, settings } = service
    const values: [what: string, value: unknown][] = [
      ...withRouters(name, settings).flatMap(({ settings: { variables = {}, secrets = {} } }) =>
        Object.entries({ ...variables, ...secrets }),
      ),
      ...Object.entries(settings.logging?.secretOptions ?? {}).map(([option, value]): [string, unknown] => [
        `the log option ${option}`,
        value,
      ]),
      ...securityGroupsOf(environment, service).map((value): [string, unknown] => ['a security group', value]),
      ...volumesOf(settings).map((volume): [string, unknown] => [
        `the file system of ${volume.name}`,
        volume.kind === 'efs' ? volume.id : undefined,
      ]),
    ]
    return values
      .filter((one): one is [string, Exported] => isExported(one[1]))
      .map(([what, { from_cfn }]) => ({ service: name, what, name: from_cfn }))
  })

/** CFN03: a stack that imports what nobody exports cannot be made. */
export const exportFindings = (uses: readonly ExportUse[], there: readonly string[], region: string): Finding[] =>
  uses
    .filter(({ name }) => !there.includes(name))
    .map(({ service, what, name }) => ({
      code: 'CFN03',
      severity: 'error',
      service,
      message: `${what} comes from the export ${name}, which no stack in ${region} has`,
      hint: `deploy the stack that exports it; aws cloudformation list-exports --region ${region} --query Exports[].Name lists those that there are`,
    }))
