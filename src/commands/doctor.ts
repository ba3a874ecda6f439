import type { Aws, Context } from '../context.ts'
import { type Outcome, UserError } from '../errors.ts'
import { findingText } from '../plan/forecast/finding.ts'
import { stackFindings } from '../plan/forecast/stacks.ts'
import { allBuilds } from '../plan/manifest/builds.ts'
import type { Environment } from '../plan/manifest/model.ts'
import { counted, table } from '../plan/text.ts'
import type { CommonFlags, OverrideFlags } from './flags.ts'
import { buildChecks, checksFor, credentialsCheck, engineCheck } from './steps/checks.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { buildable, planImages } from './steps/images.ts'
import { loadEnvironment } from './steps/manifest.ts'
import { type DeploymentPlan, planDeployment, plannedStacks } from './steps/plan.ts'
import { type Checked, examine, freshOf, sharedScope } from './steps/preflight.ts'
import type { Check } from './steps/scope.ts'

export type DoctorFlags = CommonFlags & OverrideFlags

export interface Diagnosis {
  /** Whether nothing stands in the way. */
  readonly ok: boolean
  /** Null without a manifest. */
  readonly app: string | null
  readonly environment: string | null
  /** Null when AWS does not know who asks. */
  readonly account: string | null
  readonly region: string | null
  readonly checks: readonly {
    readonly code: string
    readonly status: 'ok' | 'warning' | 'error'
    readonly service: string | null
    readonly message: string
    readonly hint: string | null
  }[]
  readonly local?: true
  readonly tasks?: 'containers' | 'simulated'
}

/** Looks at everything that a deployment of the environment needs; without a manifest, at credentials and Docker. */
export async function doctor(flags: DoctorFlags, context: Context): Promise<Diagnosis> {
  const environment = (await context.files.exists(flags.manifest)) ? await loadEnvironment(flags, context) : undefined
  const reached = await reach(flags, environment, context)
  const aws = reached instanceof UserError ? undefined : reached.aws
  const checked = [
    ...(reached instanceof UserError
      ? [unreached(reached)]
      : await examine([credentialsCheck(reached.aws, context)], aws)),
    await dockerChecked(environment, aws, context),
    ...(environment && aws ? await environmentChecked(environment, flags, aws, context) : []),
  ]
  const checks = checked.flatMap(rows)
  return {
    ok: checks.every(({ status }) => status !== 'error'),
    app: environment?.app ?? null,
    environment: environment?.name ?? null,
    account: reached instanceof UserError ? null : reached.account,
    region: aws?.region ?? null,
    checks,
    ...(aws && localNotes(aws)),
  }
}

/** AWS, when it knows who asks; otherwise what is in the way. */
async function reach(
  flags: DoctorFlags,
  environment: Environment | undefined,
  context: Context,
): Promise<{ readonly aws: Aws; readonly account: string } | UserError> {
  try {
    const aws = await connect(flags, environment ?? { region: undefined, profile: undefined, role: undefined }, context)
    return { aws, account: (await aws.account()).id }
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

const unreached = ({ message, hint = 'img2vid deploy --local needs no account' }: UserError): Checked => ({
  code: 'CRED01',
  title: 'the credentials',
  findings: [{ code: 'CRED01', severity: 'error', message, hint }],
})

/** A rehearsal goes on without an engine. */
async function dockerChecked(
  environment: Environment | undefined,
  aws: Aws | undefined,
  context: Context,
): Promise<Checked> {
  const { code, title, look } = engineCheck(environment ? allBuilds(environment) : [], context)
  const needed = environment ? allBuilds(environment).length > 0 : true
  const findings = await look()
  const bearable = aws?.local || !needed
  return { code, title, findings: bearable ? findings.map((one) => ({ ...one, severity: 'warning' })) : findings }
}

async function environmentChecked(
  environment: Environment,
  flags: DoctorFlags,
  aws: Aws,
  context: Context,
): Promise<readonly Checked[]> {
  const { images, engine } = await buildable(await planImages(environment, flags, context), aws, context)
  const plan = await planDeployment(environment, images, {}, aws, context)
  const shared = sharedScope(plan.shared.wanted, plan.shared.existing)
  const scope = { environment, shared, services: environment.services, fresh: freshOf(plan.services), builds: [] }
  const builds = engine ? buildChecks(images, context) : []
  return examine([...builds, ...stackChecks(plan), ...checksFor(scope, aws, context).slice(1)], aws)
}

const stackChecks = (plan: DeploymentPlan): Check[] =>
  plannedStacks(plan).flatMap(({ wanted: { name }, existing, action }) =>
    existing
      ? [
          {
            code: 'CFN01',
            title: `the stack ${name}`,
            look: async () => stackFindings(name, existing.status, action),
          },
        ]
      : [],
  )

const rows = ({ code, title, findings }: Checked): Diagnosis['checks'] =>
  findings.length === 0
    ? [{ code, status: 'ok', service: null, message: title, hint: null }]
    : findings.map((finding) => ({
        code: finding.code,
        status: finding.severity,
        service: finding.service ?? null,
        message: finding.message,
        hint: finding.hint,
      }))

export const doctorOutcome = ({ ok }: Diagnosis): Outcome => (ok ? 'done' : 'preflight')

export function presentDoctor(result: Diagnosis): string {
  const { app, environment, account, region, checks } = result
  const what = app === null ? 'no manifest here' : `${app} / ${environment}`
  const where = account === null ? '' : `${app === null ? ';' : ' in'} ${region} (account ${account})`
  const lines = checks.flatMap(({ code, status, service, message, hint }) => [
    [code, status, findingText({ message, ...(service !== null && { service }) })],
    ...(hint === null ? [] : [['', '', `next: ${hint}`]]),
  ])
  const count = (status: string) => checks.filter((one) => one.status === status).length
  const summary =
    count('error') > 0
      ? `a deployment cannot succeed: ${counted(count('error'), 'error')}`
      : count('warning') > 0
        ? `nothing stands in the way; ${counted(count('warning'), 'warning')}`
        : 'nothing stands in the way'
  return [`${what}${where}`, '', ...table(['code', 'state', 'what'], lines), '', summary, ...localText(result)].join(
    '\n',
  )
}
