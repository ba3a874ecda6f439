import { ACM } from '@aws-sdk/client-acm'
import { EC2 } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { ServiceQuotas } from '@aws-sdk/client-service-quotas'
import { expect, test } from 'vitest'
import { publicAmis } from '../../src/emulator/services/ec2/amis.ts'
import { startAws } from '../support/emulator.ts'

test('quotas are generous until smaller ones are ordered, for a code or for the instances that one counts', async () => {
  const aws = await startAws()
  const { faults } = aws.emulator.world
  const client = new ServiceQuotas(aws.client)
  const values = async () =>
    Object.fromEntries(
      ((await client.listServiceQuotas({ ServiceCode: 'ec2' })).Quotas ?? []).map(({ QuotaCode, Value }) => [
        QuotaCode,
        Value,
      ]),
    )
  const PLENTY = 10_000
  const generous = {
    'L-1216C47A': PLENTY,
    'L-34B43A08': PLENTY,
    'L-DB2E81BA': PLENTY,
    'L-3819A6DF': PLENTY,
    'L-417A185B': PLENTY,
  }
  expect(await values()).toEqual(generous)
  faults.add({ kind: 'quota', instanceType: 'g*', limit: 8 })
  faults.add({ kind: 'quota', instanceType: 'g6.xlarge', spot: false, limit: 4 })
  faults.add({ kind: 'quota', code: 'L-417A185B', limit: 192 })
  expect(await values()).toEqual({ ...generous, 'L-DB2E81BA': 4, 'L-3819A6DF': 8, 'L-417A185B': 192 })

  const quota = { ServiceCode: 'ec2', QuotaCode: 'L-DB2E81BA' }
  expect((await client.getServiceQuota(quota)).Quota).toMatchObject({
    QuotaName: 'Running On-Demand G and VT instances',
    QuotaArn: 'arn:aws:servicequotas:us-east-1:000000000000:ec2/L-DB2E81BA',
    Value: 4,
  })
  expect((await client.getAWSDefaultServiceQuota(quota)).Quota?.Value).toBe(0)
  await expect(client.getServiceQuota({ ...quota, ServiceCode: 'vpc' })).rejects.toMatchObject({
    name: 'NoSuchResourceException',
  })
})

test('what a quota with a code does not allow is refused', async () => {
  const aws = await startAws()
  const { faults } = aws.emulator.world
  const ec2 = new EC2(aws.client)
  const elb = new ElasticLoadBalancingV2(aws.client)
  const { Subnets = [] } = await ec2.describeSubnets({})
  const balance = (Name: string) =>
    elb.createLoadBalancer({ Name, Subnets: Subnets.slice(0, 2).map(({ SubnetId = '' }) => SubnetId) })
  const run = (InstanceType: 'g6.xlarge' | 'p3.2xlarge') =>
    ec2.runInstances({
      ImageId: publicAmis('us-east-1').find(({ kind }) => kind === 'ecs-gpu')?.imageId,
      InstanceType,
      MinCount: 1,
      MaxCount: 1,
    })
  faults.add({ kind: 'quota', code: 'L-F678F1CE', limit: 2 })
  faults.add({ kind: 'quota', code: 'L-53DA6B97', limit: 1 })
  faults.add({ kind: 'quota', code: 'L-DB2E81BA', limit: 0 })

  await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })
  await expect(ec2.createVpc({ CidrBlock: '10.1.0.0/16' })).rejects.toMatchObject({
    name: 'VpcLimitExceeded',
    message: 'The maximum number of VPCs has been reached.',
  })
  await balance('one')
  await expect(balance('two')).rejects.toMatchObject({ name: 'TooManyLoadBalancersException' })
  await run('p3.2xlarge')
  await expect(run('g6.xlarge')).rejects.toMatchObject({ name: 'VcpuLimitExceeded' })
})

test('a certificate from elsewhere is issued, one that is asked for here waits for its proof, others are not known', async () => {
  const aws = await startAws()
  const acm = new ACM(aws.client)
  const statusOf = async (CertificateArn: string | undefined) =>
    (await acm.describeCertificate({ CertificateArn })).Certificate?.Status
  const elsewhere = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0f3c`
  const { CertificateArn } = await acm.requestCertificate({ DomainName: 'example.com' })
  expect([await statusOf(CertificateArn), await statusOf(elsewhere('us-east-1'))]).toEqual([
    'PENDING_VALIDATION',
    'ISSUED',
  ])
  await expect(statusOf(elsewhere('eu-west-1'))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Could not find certificate ${elsewhere('eu-west-1')}.`,
  })
})
