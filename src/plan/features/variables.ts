import * as z from 'zod'
import { imported, isExported } from '../exported.ts'
import type { ContainerCheck } from '../manifest/checks/places.ts'
import { exported, value, variableName, wants } from '../manifest/fields.ts'
import type { Feature } from './feature.ts'

const variable = wants(
  'text, a number, true or false, or from_cfn: with the name of an export',
  z.union([value, exported]),
)

export const variablesFields = {
  variables: z.record(variableName, variable).optional().describe('environment variables'),
}

/** CloudFormation would put the secret in the place of the words, for all to read who may see the task definition. */
const noDynamicReferences: ContainerCheck = ({ variables: all = {} }) =>
  Object.entries(all)
    .filter(([, one]) => String(one).includes('{{resolve:'))
    .map(([name]) => ({
      at: ['variables', name],
      message: 'would show a secret in the task definition; name it under secrets: instead',
    }))

/** ECS.8 of the Foundational Security Best Practices: keys belong to the task role. */
const noCredentials: ContainerCheck = ({ variables: all = {} }) =>
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA']
    .filter((name) => Object.hasOwn(all, name))
    .map((name) => ({
      at: ['variables', name],
      message: 'keys do not belong here: a task has a role of its own, which permissions: is about',
    }))

export const variables: Feature = {
  containerChecks: [noCredentials, noDynamicReferences],
  container: ({ variables: all = {} }) =>
    Object.keys(all).length === 0
      ? {}
      : {
          Environment: Object.entries(all).map(([Name, one]) => ({
            Name,
            Value: isExported(one) ? imported(one) : String(one),
          })),
        },
}
