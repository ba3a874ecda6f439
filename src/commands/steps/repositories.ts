import type { Aws, Context, StackInfo } from '../../context.ts'
import { allBuilds } from '../../plan/manifest/builds.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import { appStack } from '../../plan/names.ts'
import { actionFor } from '../../plan/stack-status.ts'
import { appStackOf, encryptionNote, keptEncryption } from '../../plan/stacks/app.ts'
import type { Stack } from '../../plan/stacks/stack.ts'

export interface RepositoriesPlan {
  readonly wanted: Stack
  readonly existing: StackInfo | undefined
  /** What of the manifest cannot be done to repositories that exist. */
  readonly notes: readonly string[]
}

/** The stack of the image repositories, as it is and as it should be; undefined when no image is built. */
export async function planRepositories(
  environment: Environment,
  aws: Aws,
  { files, once }: Context,
): Promise<RepositoriesPlan | undefined> {
  if (allBuilds(environment).length === 0) return undefined
  const name = appStack(environment.app)
  const existing = await once(`${environment.profile} ${environment.role} ${aws.region} ${name}`, () =>
    aws.stacks.find(name),
  )
  const wanted = appStackOf(environment, files.templates, existing?.outputs)
  if (!wanted) return undefined
  if (!existing || actionFor(wanted, existing) !== 'update') return { wanted, existing, notes: [] }
  const kept = keptEncryption(wanted, await aws.stacks.template(existing))
  const possible = kept.length > 0 ? appStackOf(environment, files.templates, existing.outputs, kept) : wanted
  return { wanted: possible ?? wanted, existing, notes: kept.map(encryptionNote) }
}
