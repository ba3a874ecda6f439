import { isInS3 } from '../features/env-file.ts'
import { withRouters } from '../manifest/containers.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { volumesOf } from '../manifest/volumes.ts'
import type { Finding } from './finding.ts'

/** A managed policy that is named, of the environment's roles or of a service's. */
export interface PolicyUse {
  readonly service?: string
  readonly what: 'permissions boundary' | 'policy'
  readonly arn: string
}

/** With a name for a policy of the account. `account` is somebody's ARN in it. */
export function policyUses(
  { settings }: Pick<Environment, 'settings'>,
  services: readonly Service[],
  shared: boolean,
  account: string,
): PolicyUse[] {
  const [, partition = 'aws', , , id = ''] = account.split(':')
  const arnOf = (name: string) => (name.startsWith('arn:') ? name : `arn:${partition}:iam::${id}:policy/${name}`)
  const around = settings.permissions?.boundary
  return [
    ...(shared && around !== undefined ? [{ what: 'permissions boundary' as const, arn: arnOf(around) }] : []),
    ...services.flatMap(({ name: service, settings: { permissions = {} } }): PolicyUse[] => {
      const own = permissions.boundary ?? (shared ? undefined : around)
      return [
        ...(own === undefined ? [] : [{ service, what: 'permissions boundary' as const, arn: arnOf(own) }]),
        ...(permissions.policies ?? []).map((arn) => ({ service, what: 'policy' as const, arn })),
      ]
    }),
  ]
}

/** IAM03: a role is not made with a policy that is not there. */
export const policyFinding = ({ service, what, arn }: PolicyUse): Finding => ({
  code: 'IAM03',
  severity: 'error',
  ...(service !== undefined && { service }),
  message: `the ${what} ${arn} does not exist`,
  hint: `aws iam create-policy --policy-name ${arn.split('/').at(-1)} --policy-document file://…, or mend ${service === undefined ? '' : `services.${service}.`}permissions`,
})

/** NET06: security groups that are not there, or of another VPC; `vpc` is unknown while it is still to be made. */
export function groupFindings(
  service: string,
  ids: readonly string[],
  found: readonly { readonly id: string; readonly vpc: string }[],
  vpc: string | undefined,
  region: string,
): Finding[] {
  const wrong = (message: string): Finding => ({
    code: 'NET06',
    severity: 'error',
    service,
    message,
    hint: `mend network.vpc.security_groups; aws ec2 describe-security-groups --region ${region} lists those that there are`,
  })
  return ids.flatMap((id) => {
    const group = found.find((one) => one.id === id)
    if (!group) return [wrong(`the security group ${id} does not exist in ${region}`)]
    if (group.vpc === vpc) return []
    const ours = vpc ?? 'the VPC that is going to be made'
    return [wrong(`the security group ${id} is in ${group.vpc}, and the tasks are in ${ours}`)]
  })
}

/** NET07: endpoints of services that the region does not have. */
export const endpointFindings = (wanted: readonly string[], there: readonly string[], region: string): Finding[] =>
  wanted
    .filter((service) => !there.some((one) => one.endsWith(`.${region}.${service}`)))
    .map((service) => ({
      code: 'NET07',
      severity: 'error',
      message: `there is no VPC endpoint for ${service} in ${region}`,
      hint: `mend network.vpc.endpoints; aws ec2 describe-vpc-endpoint-services --region ${region} --query ServiceNames lists them`,
    }))

/** File systems that exist already, as the services' volumes name them. */
export const fileSystemUses = (services: readonly Service[]) =>
  services.flatMap(({ name: service, settings }) =>
    volumesOf(settings).flatMap((volume) =>
      volume.kind === 'efs' && typeof volume.id === 'string' ? [{ service, volume: volume.name, id: volume.id }] : [],
    ),
  )

/** STO01: a file system that is not there, or that nobody reaches from the tasks' VPC. */
export function fileSystemFindings(
  { service, volume, id }: ReturnType<typeof fileSystemUses>[number],
  vpcs: readonly string[] | undefined,
  vpc: string | undefined,
  region: string,
): Finding[] {
  const wrong = (message: string, hint: string): Finding[] => [
    { code: 'STO01', severity: 'error', service, message, hint },
  ]
  const place = `services.${service}.storage.volumes.${volume}.efs`
  if (!vpcs) {
    const list = `aws efs describe-file-systems --region ${region} lists those that there are`
    return wrong(`the file system ${id} does not exist in ${region}`, `mend ${place}; ${list}`)
  }
  if (vpc !== undefined && vpcs.includes(vpc)) return []
  const where = vpcs.length > 0 ? `, but in ${vpcs.join(', ')}` : ''
  const ours = vpc ?? 'the VPC that is going to be made'
  return wrong(
    `the file system ${id} has no mount target in ${ours}${where}`,
    `aws efs create-mount-target --file-system-id ${id} --subnet-id … --region ${region}, or run the tasks where it is (network.vpc.id)`,
  )
}

/** A bucket, or an object in it, that has to be there. */
export interface ObjectUse {
  readonly service?: string
  readonly bucket: string
  readonly key?: string
  /** Where the manifest names it. */
  readonly place: string
  /** Whether nothing works without it. */
  readonly needed: boolean
}

/** Files of variables, buckets for access logs, and buckets that containers may use. */
export const objectUses = (
  { settings }: Pick<Environment, 'settings'>,
  services: readonly Service[],
  shared: boolean,
): ObjectUse[] => [
  ...(['public', 'private'] as const).flatMap((kind): ObjectUse[] => {
    const logs = settings.http?.[kind]?.access_logs
    const bucket = typeof logs === 'object' ? logs.bucket_name : undefined
    return shared && bucket !== undefined
      ? [{ bucket, place: `http.${kind}.access_logs.bucket_name`, needed: true }]
      : []
  }),
  ...services.flatMap(({ name: service, settings: own }): ObjectUse[] => [
    ...withRouters(service, own).flatMap(({ settings: { env_file: file }, place }): ObjectUse[] => {
      if (file === undefined || !isInS3(file)) return []
      const [, bucket = '', key = ''] = /:::([^/]+)\/(.*)$/.exec(file) ?? []
      const at = `services.${service}.${place(['env_file']).join('.')}`
      return [{ service, bucket, key, place: at, needed: true }]
    }),
    ...(['read', 'write'] as const).flatMap((kind) =>
      (own.permissions?.buckets?.[kind] ?? []).map((text) => {
        const [bucket = ''] = text.replace(/^(s3:\/\/|arn:[^:]*:s3:::)/, '').split('/')
        return { service, bucket, place: `services.${service}.permissions.buckets.${kind}`, needed: false }
      }),
    ),
  ]),
]

/** STO02 */
export const objectFinding = ({ service, bucket, key, place, needed }: ObjectUse): Finding => ({
  code: 'STO02',
  severity: needed ? 'error' : 'warning',
  ...(service !== undefined && { service }),
  message: key === undefined ? `there is no bucket ${bucket}` : `there is no object ${key} in the bucket ${bucket}`,
  hint:
    key === undefined
      ? `mend ${place}, or make it: aws s3 mb s3://${bucket}`
      : `mend ${place}, or put it there: aws s3 cp … s3://${bucket}/${key}`,
})
