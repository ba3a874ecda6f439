import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { startAws, type TestAws } from '../support/emulator.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'

async function deployAll(aws: TestAws, yaml: string) {
  const cloudformation = new CloudFormation(aws.client)
  for (const { name, body, parameters } of stacksOf(environmentOf(yaml))) {
    await cloudformation.createStack({
      StackName: name,
      TemplateBody: body,
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    })
    const stack = await aws.eventually(async () => {
      const { Stacks: [stack] = [] } = await cloudformation.describeStacks({ StackName: name })
      return stack?.StackStatus?.endsWith('IN_PROGRESS') ? undefined : stack
    })
    const { StackEvents = [] } = await cloudformation.describeStackEvents({ StackName: name })
    if (stack.StackStatus !== 'CREATE_COMPLETE') console.log(StackEvents.map(e => `${e.LogicalResourceId} ${e.ResourceStatus} ${e.ResourceStatusReason}`).join('\n'))
    expect([name, stack.StackStatus]).toEqual([name, 'CREATE_COMPLETE'])
  }
}

test('runs a Fargate service and a GPU service side by side', async () => {
  const aws = await startAws()
  await deployAll(
    aws,
    `
app: demo
services:
  web: { image: { build: ., port: 8080 } }
  model: { image: { build: ., port: 8501 }, compute: gpu, http: { path: /model } }
`,
  )
  const ecs = new ECS(aws.client)
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns = [] } = await ecs.listServices({ cluster })
  const { services = [] } = await ecs.describeServices({ cluster, services: serviceArns })
  console.log(JSON.stringify(services.map(({ serviceName, events, deployments }) => ({ serviceName, events, deployments })), null, 1))
})
