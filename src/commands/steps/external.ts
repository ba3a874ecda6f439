import type { Aws, Context, StackInfo } from '../../context.ts'
import type { Service } from '../../plan/manifest/model.ts'

/** The output with the role by which machines that are not AWS's join. */
export const JOINED_BY = 'ExternalInstanceRole'

/** Tasks for machines of one's own wait for the first that joins, which can only be once there is a cluster. */
export async function tellHowToJoin(
  { name, compute }: Service,
  { outputs }: StackInfo,
  aws: Aws,
  { ui }: Context,
): Promise<void> {
  const { Cluster: cluster = '', [JOINED_BY]: role = '' } = outputs
  if (compute.kind !== 'external') return
  if ((await aws.capacity.instances(cluster)).some(({ external }) => external)) return
  const text = [
    `${name} waits for a machine of yours. What this answers is for ECS Anywhere's install script, with --cluster ${cluster}:`,
    `  aws ssm create-activation --region ${aws.region} --iam-role ${role} --registration-limit 1`,
  ]
  ui.show({ type: 'note', text: text.join('\n') })
}
