import { CloudFormation, type Stack } from '@aws-sdk/client-cloudformation'
import type { TestAws } from './emulator.ts'

/** A stack that a test creates, updates and deletes, waiting each time for the end. */
export function testStack(aws: TestAws, StackName = 'mine') {
  const cloudformation = new CloudFormation(aws.client)
  const find = async () => (await cloudformation.describeStacks({ StackName })).Stacks?.[0]
  const isOver = ({ StackStatus }: Stack) => !StackStatus?.endsWith('IN_PROGRESS')

  const end = async (StackId: string | undefined) => {
    const stack = await aws.eventually(async () => {
      const { Stacks } = await cloudformation.describeStacks({ StackName: StackId })
      return Stacks?.find(isOver)
    })
    const { StackEvents = [] } = await cloudformation.describeStackEvents({ StackName: StackId })
    return {
      status: stack.StackStatus,
      outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
      failures: StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('FAILED')).map(
        ({ LogicalResourceId, ResourceStatusReason = '' }) => `${LogicalResourceId}: ${ResourceStatusReason}`,
      ),
    }
  }

  return {
    async create(Resources: object, Outputs: object = {}) {
      const TemplateBody = JSON.stringify({ Resources, Outputs })
      const created = await cloudformation.createStack({
        StackName,
        TemplateBody,
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      })
      return end(created.StackId)
    },
    async update(Resources: object) {
      const TemplateBody = JSON.stringify({ Resources })
      const updated = await cloudformation.updateStack({
        StackName,
        TemplateBody,
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      })
      return end(updated.StackId)
    },
    async remove() {
      const { StackId } = (await find()) ?? {}
      await cloudformation.deleteStack({ StackName })
      return end(StackId)
    },
  }
}
