import {
  CloudFormation,
  type CreateStackInput,
  type Stack,
  type UpdateStackInput,
} from '@aws-sdk/client-cloudformation'
import { startAws, type TestAws } from './emulator.ts'

export type Template = string | { readonly Resources?: object; readonly [section: string]: unknown }

const body = (template: Template): string => (typeof template === 'string' ? template : JSON.stringify(template))

export interface Ended {
  readonly status: string | undefined
  readonly reason: string | undefined
  readonly outputs: Readonly<Record<string, string | undefined>>
}

/** An embedded AWS and a client of its CloudFormation that waits for the end of what it begins. */
export async function startCloudFormation(options: Parameters<typeof startAws>[0] = {}) {
  const aws = await startAws(options)
  return { aws, ...stacksOf(aws) }
}

export function stacksOf(aws: TestAws) {
  const api = new CloudFormation(aws.client)

  const find = async (StackName: string | undefined) => (await api.describeStacks({ StackName })).Stacks?.[0]

  /** Waits until nothing goes on any more in the stack. */
  const end = async (stack: string | undefined): Promise<Ended> => {
    const isOver = ({ StackStatus }: Stack) => !StackStatus?.endsWith('IN_PROGRESS')
    const found = await aws.eventually(async () => {
      const one = await find(stack)
      return one && isOver(one) && one
    })
    return {
      status: found.StackStatus,
      reason: found.StackStatusReason,
      outputs: Object.fromEntries((found.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
    }
  }

  return {
    api,
    find,
    end,
    async begin(template: Template, more: Partial<CreateStackInput> = {}) {
      const { StackId = '' } = await api.createStack({ StackName: 'mine', TemplateBody: body(template), ...more })
      return StackId
    },
    async create(template: Template, more: Partial<CreateStackInput> = {}) {
      const { StackId } = await api.createStack({ StackName: 'mine', TemplateBody: body(template), ...more })
      return end(StackId)
    },
    async update(template: Template, more: Partial<UpdateStackInput> = {}) {
      const { StackId } = await api.updateStack({ StackName: 'mine', TemplateBody: body(template), ...more })
      return end(StackId)
    },
    async remove(StackName = 'mine', more: object = {}) {
      const { StackId } = (await find(StackName)) ?? {}
      await api.deleteStack({ StackName, ...more })
      return end(StackId)
    },
    /** Oldest first, `logical id STATUS reason`; `since` leaves out those that were there before. */
    async events(StackName = 'mine', since = 0) {
      const { StackEvents = [] } = await api.describeStackEvents({ StackName })
      return StackEvents.reverse()
        .slice(since)
        .map(({ LogicalResourceId, ResourceStatus, ResourceStatusReason = '' }) =>
          `${LogicalResourceId} ${ResourceStatus} ${ResourceStatusReason}`.trim(),
        )
    },
    async statuses(StackName = 'mine') {
      const { StackResources = [] } = await api.describeStackResources({ StackName })
      return Object.fromEntries(StackResources.map((one) => [one.LogicalResourceId, one.ResourceStatus]))
    },
    async physicalId(LogicalResourceId: string, StackName = 'mine') {
      const { StackResourceDetail } = await api.describeStackResource({ StackName, LogicalResourceId })
      return StackResourceDetail?.PhysicalResourceId
    },
  }
}

/** `Name: message` of the error with which a request is refused. */
export const refusal = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'accepted',
    (error: Error) => `${error.name}: ${error.message}`,
  )

export const logGroup = (more: object = {}) => ({ Type: 'AWS::Logs::LogGroup', ...more })

/** A parameter whose value must begin with an "a": another one makes create and update fail in the service. */
export const parameter = (Value: string, more: object = {}) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Type: 'String', Value, AllowedPattern: '^a.*', ...more },
})
