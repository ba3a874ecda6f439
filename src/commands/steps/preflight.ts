import type { Aws, Context, StackInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { type Finding, findingText } from '../../plan/forecast/finding.ts'
import { actionFor, isFresh } from '../../plan/stack-status.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import { checksFor } from './checks.ts'
import type { DeploymentPlan } from './plan.ts'
import type { Check, Scope } from './scope.ts'

export interface Checked {
  readonly code: string
  readonly title: string
  readonly findings: readonly Finding[]
}

/** What a deployment would create or change. */
export function scopeOf({ environment, shared, services, images }: DeploymentPlan, engine: boolean): Scope {
  return {
    environment,
    shared: isTouched(shared.wanted, shared.existing) ? sharedScope(shared.wanted, shared.existing) : undefined,
    services: services.filter(({ planned, existing }) => isTouched(planned, existing)).map(({ service }) => service),
    fresh: freshOf(services),
    builds: engine ? images.filter(({ known }) => known === undefined) : [],
  }
}

/** Services that have no stack, or what a failed create left. */
export const freshOf = (services: DeploymentPlan['services']): string[] =>
  services.flatMap(({ service: { name }, planned, existing }) => (isFresh(planned, existing) ? [name] : []))

const isTouched = (wanted: Stack, existing: StackInfo | undefined): boolean =>
  ['create', 'update', 'replace'].includes(actionFor(wanted, existing))

/** What a failed create left is taken away first. */
export const sharedScope = (wanted: Stack, existing: StackInfo | undefined): NonNullable<Scope['shared']> => ({
  live: actionFor(wanted, existing) === 'replace' ? undefined : existing,
})

/** Looks at everything at once. */
export const examine = (checks: readonly Check[], aws: Aws | undefined): Promise<Checked[]> =>
  Promise.all(
    checks.map(async ({ code, title, look }) => {
      const findings = await look().catch((error: unknown) => [unchecked(code, title, error)])
      return { code, title, findings: aws?.local ? findings.map(onLocal) : findings }
    }),
  )

/** Who may not look may still be right to deploy. What broke on our side is no finding. */
function unchecked(code: string, title: string, error: unknown): Finding {
  const isRefusal = error instanceof UserError ? error.outcome === 'preflight' : '$metadata' in Object(error)
  if (!isRefusal) throw error
  const hint = (error instanceof UserError && error.hint) || 'look at it by hand'
  return { code, severity: 'warning', message: `${title} could not be checked: ${(error as Error).message}`, hint }
}

/** Commands of `aws` have to be pointed at the embedded AWS, where quotas are what somebody ordered. */
function onLocal(finding: Finding): Finding {
  const { hint } = finding
  if (/\baws service-quotas /.test(hint)) {
    return { ...finding, hint: `here: img2vid local fault clear; in an account: ${hint}` }
  }
  return /\baws [a-z]/.test(hint) ? { ...finding, hint: `${hint}; eval "$(img2vid local env)" first` } : finding
}

/** Before anything is changed: notes what may go wrong, and throws when something is bound to. */
export async function preflight(scope: Scope, aws: Aws, context: Context): Promise<void> {
  const checked = await examine(checksFor(scope, aws, context), aws)
  const findings = checked.flatMap((one) => one.findings)
  for (const finding of findings.filter(({ severity }) => severity === 'warning')) {
    context.ui.show({ type: 'note', text: `${finding.code}  ${findingText(finding)}\n       ${finding.hint}` })
  }
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const { app, name } = scope.environment
  throw new UserError('preflight', `${app} / ${name} cannot be deployed like this; nothing was changed`, {
    hint: 'mend it, then run img2vid deploy again; img2vid deploy --skip-checks goes on all the same',
    problems: errors.map((finding) => ({ path: finding.code, message: findingText(finding), hint: finding.hint })),
  })
}
