import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { settled, startElb, target } from '../support/elb.ts'

const template = (VpcId: string, Subnets: string[], changed: boolean) =>
  JSON.stringify({
    Resources: {
      LoadBalancer: {
        Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
        Properties: {
          Subnets,
          LoadBalancerAttributes: [{ Key: 'idle_timeout.timeout_seconds', Value: changed ? '3600' : '120' }],
          Tags: [{ Key: changed ? 'new' : 'old', Value: '1' }],
        },
      },
      Group: {
        Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
        Properties: {
          VpcId,
          Port: 8080,
          Protocol: 'HTTP',
          TargetType: 'ip',
          HealthCheckIntervalSeconds: changed ? '10' : 5,
          HealthCheckTimeoutSeconds: 4,
          TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: changed ? '10' : '20' }],
          Targets: [{ Id: changed ? '10.0.0.2' : '10.0.0.1' }],
        },
      },
      Listener: {
        Type: 'AWS::ElasticLoadBalancingV2::Listener',
        Properties: {
          LoadBalancerArn: { Ref: 'LoadBalancer' },
          Port: changed ? 8080 : 80,
          Protocol: 'HTTP',
          DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
        },
      },
      Rule: {
        Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
        Properties: {
          ListenerArn: { Ref: 'Listener' },
          Priority: changed ? 2 : 1,
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [changed ? '/new' : '/old'] } }],
          Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: { Ref: 'Group' } }] } }],
        },
      },
      Secure: {
        Type: 'AWS::ElasticLoadBalancingV2::Listener',
        Properties: {
          LoadBalancerArn: { Ref: 'LoadBalancer' },
          Port: 443,
          Protocol: 'HTTPS',
          Certificates: [{ CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/1' }],
          DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Group' } }],
        },
      },
      Certificate: {
        Type: 'AWS::ElasticLoadBalancingV2::ListenerCertificate',
        Properties: {
          ListenerArn: { Ref: 'Secure' },
          Certificates: [{ CertificateArn: `arn:aws:acm:us-east-1:000000000000:certificate/${changed ? 3 : 2}` }],
        },
      },
    },
    Outputs: Object.fromEntries(
      [
        ['Url', { 'Fn::Join': ['', ['http://', { 'Fn::GetAtt': ['LoadBalancer', 'DNSName'] }]] }],
        ['LoadBalancer', { 'Fn::GetAtt': ['LoadBalancer', 'LoadBalancerFullName'] }],
        ['Group', { 'Fn::GetAtt': ['Group', 'TargetGroupFullName'] }],
        ['GroupArn', { Ref: 'Group' }],
        ['Listener', { Ref: 'Listener' }],
        ['Secure', { 'Fn::GetAtt': ['Secure', 'ListenerArn'] }],
        ['Arn', { Ref: 'LoadBalancer' }],
      ].map(([name, Value]) => [name, { Value }]),
    ),
  })

test('makes, changes and deletes a load balancer that really forwards, by CloudFormation', async () => {
  const started = await startElb()
  const { aws, elb, VpcId, Subnets } = started
  const cloudformation = new CloudFormation(aws.client)
  const reached = async (StackStatus: string) => {
    const stack = await aws.eventually(async () => {
      const [stack] = (await cloudformation.describeStacks({ StackName: 'edge' })).Stacks ?? []
      return stack?.StackStatus?.endsWith('IN_PROGRESS') ? undefined : stack
    })
    expect(stack.StackStatus).toBe(StackStatus)
    return Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    )
  }
  await cloudformation.createStack({ StackName: 'edge', TemplateBody: template(VpcId, Subnets, false) })
  const outputs = await reached('CREATE_COMPLETE')
  const { Url = '', GroupArn = '', Listener = '', Secure = '', Arn = '' } = outputs
  expect(outputs).toMatchObject({
    Url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    LoadBalancer: expect.stringMatching(/^app\/edge-/),
    Group: expect.stringMatching(/^targetgroup\/edge-/),
  })
  await target(started, GroupArn, '10.0.0.1', (_request, response) => response.end('one'))
  await settled(started, GroupArn, 'healthy')
  const answers = async () => Promise.all(['/old', '/new', '/'].map(async (path) => (await fetch(Url + path)).text()))
  expect(await answers()).toEqual(['one', '', ''])

  await target(started, GroupArn, '10.0.0.2', (_request, response) => response.end('two'))
  await cloudformation.updateStack({ StackName: 'edge', TemplateBody: template(VpcId, Subnets, true) })
  expect(await reached('UPDATE_COMPLETE')).toEqual(outputs)
  await aws.eventually(async () => (await answers()).join() === ',two,')
  const { Rules } = await elb.describeRules({ ListenerArn: Listener })
  const { Certificates } = await elb.describeListenerCertificates({ ListenerArn: Secure })
  const { Attributes } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn: Arn })
  const { TagDescriptions } = await elb.describeTags({ ResourceArns: [Arn] })
  const { TargetGroups } = await elb.describeTargetGroups({ TargetGroupArns: [GroupArn] })
  expect([
    Rules?.map(({ Priority }) => Priority),
    Certificates?.map(({ CertificateArn }) => CertificateArn?.at(-1)),
    Attributes?.find(({ Key }) => Key === 'idle_timeout.timeout_seconds')?.Value,
    TagDescriptions?.[0]?.Tags?.map(({ Key }) => Key).sort(),
    TargetGroups?.[0]?.HealthCheckIntervalSeconds,
  ]).toEqual([
    ['2', 'default'],
    ['1', '3'],
    '3600',
    ['aws:cloudformation:logical-id', 'aws:cloudformation:stack-id', 'aws:cloudformation:stack-name', 'new'],
    10,
  ])

  await cloudformation.deleteStack({ StackName: 'edge' })
  await aws.eventually(async () => (await elb.describeLoadBalancers({})).LoadBalancers?.length === 0)
  await aws.eventually(async () => (await elb.describeTargetGroups({})).TargetGroups?.length === 0)
  await expect(fetch(Url)).rejects.toThrow()
})
