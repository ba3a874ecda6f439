import * as z from 'zod'
import { imported, isExported } from '../exported.ts'
import type { ContainerCheck } from '../manifest/checks/places.ts'
import { exported, pattern, variableName, wants } from '../manifest/fields.ts'
import type { Secret } from '../manifest/model.ts'
import type { ContainerSettings } from '../manifest/schema.ts'
import { addPolicy, type Statement } from '../policies.ts'
import { subText } from '../template.ts'
import type { Feature } from './feature.ts'

const named = (service: string) => new RegExp(`^(?!arn:(?!aws[\\w-]*:(${service}):))[\\w/.+=@:!-]+$`)
const secretName = pattern('the name or ARN of a secret, without spaces', named('secretsmanager'))

/** An SSM parameter or an ARN as text, a secret of Secrets Manager as Copilot writes it. */
export const secret = wants(
  'the name or ARN of an SSM parameter, secretsmanager: with the name of a secret, or from_cfn: with an export',
  z.union([z.string().regex(named('ssm|secretsmanager')), z.strictObject({ secretsmanager: secretName }), exported]),
).describe('name or ARN of an SSM parameter, secretsmanager: name, or from_cfn: the export that holds the ARN')

export const secretsFields = {
  secrets: z.record(variableName, secret).optional().describe('environment variables whose values are secrets'),
}

export function resolveSecret(one: z.infer<typeof secret>): Secret {
  if (isExported(one)) return { from: 'export', reference: one.from_cfn }
  if (typeof one === 'object') return { from: 'secretsmanager', reference: one.secretsmanager }
  return { from: /^arn:[^:]+:secretsmanager:/.test(one) ? 'secretsmanager' : 'ssm', reference: one }
}

export const resolveSecrets = ({ secrets: all = {} }: Pick<ContainerSettings, 'secrets'>): Record<string, Secret> =>
  Object.fromEntries(Object.entries(all).map(([key, one]) => [key, resolveSecret(one)]))

const secretsAndVariables: ContainerCheck = ({ secrets: all = {}, variables = {} }) =>
  Object.keys(all)
    .filter((name) => Object.hasOwn(variables, name))
    .map((name) => ({
      at: ['secrets', name],
      because: ['variables', name],
      message: 'is a variable too; one of them has to go',
    }))

/** SSM takes a name as it is; a secret of Secrets Manager needs its ARN, for which the name without its suffix serves. */
export function secretReference({ from, reference }: Secret): unknown {
  if (from === 'export') return imported({ from_cfn: reference })
  if (from === 'ssm' || reference.startsWith('arn:')) return reference
  return subText(`arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${reference}`)
}

/** What lets ECS read just these secrets. */
export function readingSecrets(wanted: readonly Secret[]): Statement[] {
  const of = (from: Secret['from']) => [
    ...new Set(wanted.filter((one) => one.from === from).map(({ reference }) => reference)),
  ]
  const statement = (action: string, resources: unknown[]): Statement[] =>
    resources.length === 0 ? [] : [{ Effect: 'Allow', Action: [action], Resource: resources }]
  // An ARN says what it is of: the other action does nothing there.
  const exports = of('export').map((from_cfn) => imported({ from_cfn }))
  return [
    ...statement('ssm:GetParameters', [...of('ssm').map(parameterArn), ...exports]),
    ...statement('secretsmanager:GetSecretValue', [...of('secretsmanager').map(secretArn), ...exports]),
  ]
}

const parameterArn = (reference: string): unknown =>
  reference.startsWith('arn:')
    ? reference
    : subText(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${reference.replace(/^\//, '')}`)

/**
 * A secret's own ARN ends in six characters of chance, which people may leave out; a JSON key, stage and version behind
 * it are no part of it.
 */
function secretArn(reference: string): unknown {
  if (reference.startsWith('arn:')) {
    const arn = reference.split(':').slice(0, 7).join(':')
    return /-[A-Za-z0-9]{6}$/.test(arn) ? arn : `${arn}-??????`
  }
  const [name] = reference.split(':')
  return subText(`arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${name}-??????`)
}

export const secrets: Feature = {
  containerChecks: [secretsAndVariables],
  container: (settings) => {
    const all = Object.entries(resolveSecrets(settings))
    return all.length === 0 ? {} : { Secrets: all.map(([Name, one]) => ({ Name, ValueFrom: secretReference(one) })) }
  },
  service: (template, { containers }) =>
    addPolicy(
      template,
      'ExecutionRole',
      'secrets',
      readingSecrets(containers.flatMap(({ settings }) => Object.values(resolveSecrets(settings)))),
    ),
}
