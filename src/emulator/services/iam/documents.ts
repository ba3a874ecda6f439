import { AwsError } from '../../errors.ts'

interface Statement {
  readonly Sid?: unknown
  readonly Effect?: unknown
  readonly Principal?: unknown
  readonly NotPrincipal?: unknown
  readonly Action?: unknown
  readonly NotAction?: unknown
  readonly Resource?: unknown
  readonly NotResource?: unknown
}

const malformed = (message: string): AwsError => new AwsError('MalformedPolicyDocumentException', message)

/** Documents are answered percent-encoded, as RFC 3986 has it. */
export const encoded = (document: string): string =>
  encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** White space does not count against the quotas. */
export const policySize = (document: string): number => document.replace(/\s/g, '').length

/** Refuses what IAM refuses in a policy that says who may assume a role. */
export function requireTrustPolicy(text: string): void {
  const { statements } = parse(text, 'This policy contains invalid Json')
  for (const statement of statements) {
    requireEffect(statement)
    if (statement.Resource !== undefined) throw malformed('Has prohibited field Resource')
    if (statement.NotResource !== undefined) throw malformed('Has prohibited field NotResource')
    if (statement.Principal === undefined && statement.NotPrincipal === undefined) {
      throw malformed('Missing required field Principal')
    }
    const actions = texts(statement.Action)
    if (actions.length === 0) throw malformed('Missing required field Action')
    if (!actions.every((action) => /^(\*|sts:.*)$/i.test(action))) {
      throw malformed('AssumeRole policy may only specify STS AssumeRole actions.')
    }
  }
}

/** Refuses what IAM refuses in a policy that says what its bearer may do. */
export function requireIdentityPolicy(text: string): void {
  const { version, statements } = parse(text, 'Syntax errors in policy.')
  if (version !== '2012-10-17') throw malformed('Policy document must be version 2012-10-17 or greater.')
  for (const statement of statements) {
    requireEffect(statement)
    if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) {
      throw malformed('Policy document should not specify a principal.')
    }
    requireActions([...texts(statement.Action), ...texts(statement.NotAction)])
    requireResources([...texts(statement.Resource), ...texts(statement.NotResource)])
  }
  const ids = statements.flatMap(({ Sid }) => (Sid ? [Sid] : []))
  if (new Set(ids).size < ids.length) throw malformed('Statement IDs (SID) in a single policy must be unique.')
}

function parse(text: string, invalidJson: string): { version: unknown; statements: Statement[] } {
  let document: { Version?: unknown; Statement?: unknown } | null
  try {
    document = JSON.parse(text)
  } catch {
    throw malformed(invalidJson)
  }
  const { Version: version, Statement } = document ?? {}
  const statements = Array.isArray(Statement) ? Statement : [Statement]
  const known = version === undefined || version === '2012-10-17' || version === '2008-10-17'
  if (!known || statements.length === 0 || !statements.every((one) => typeof one === 'object' && one !== null)) {
    throw malformed('Syntax errors in policy.')
  }
  return { version, statements }
}

const texts = (value: unknown): string[] =>
  value === undefined ? [] : (Array.isArray(value) ? value : [value]).map((item) => String(item))

function requireEffect({ Effect }: Statement): void {
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed('Syntax errors in policy.')
}

function requireActions(actions: readonly string[]): void {
  if (actions.length === 0) throw malformed('Policy statement must contain actions.')
  for (const action of actions) {
    const [vendor = '', ...names] = action.split(':')
    if (action === '*') continue
    if (names.length === 0) {
      throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
    }
    if (names.length > 1) throw malformed('Actions/Condition can contain only one colon.')
    if (!/^[\w.-]+$/.test(vendor)) throw malformed(`Vendor ${vendor} is not valid`)
  }
}

function requireResources(resources: readonly string[]): void {
  if (resources.length === 0) throw malformed('Policy statement must contain resources.')
  for (const resource of resources) {
    if (resource === '*') continue
    const [, partition = ''] = resource.split(':')
    if (!resource.includes(':')) throw malformed(`Resource ${resource} must be in ARN format or "*".`)
    if (!/^(aws[a-z-]*|\*)$/.test(partition)) {
      throw malformed(`Partition "${partition}" is not valid for resource "${resource}".`)
    }
  }
}
