import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Fields } from '../../src/emulator/cloudformation/template.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'
import { prove } from '../support/proof.ts'

const manifest = `
app: bank
services:
  web:
    image: { build: ., port: 8080 }
    sidecars: { log: { image: 'fluent/fluent-bit:4' } }
    storage: { volumes: { files: { path: /files, efs: true } } }
    logging: { destination: { Name: firehose, delivery_stream: logs } }
    observability: { tracing: awsxray }
    nlb: { port: 443/tls }
  model: { image: { build: model, port: 8501 }, compute: gpu, http: { path: /model } }
  admin: { image: { build: admin, port: 8080 }, http: { internal: true } }
environments:
  prod:
    security: strict
    certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d'
    http: { private: { certificates: ['arn:aws:acm:us-east-1:123456789012:certificate/1a2b3c4d'] } }
`
const { resources } = prove(stacksOf(environmentOf(manifest, 'prod')))
const all = (type: string): Fields[] =>
  resources.filter((one) => one.type === `AWS::${type}`).map(({ properties }) => properties)
const text = (value: unknown): string => JSON.stringify(value)
const containers = (): Fields[] =>
  all('ECS::TaskDefinition').flatMap(({ ContainerDefinitions }) => ContainerDefinitions as Fields[])
const attribute = (key: string) => (balancer: Fields) =>
  (balancer.LoadBalancerAttributes as Fields[]).find(({ Key }) => Key === key)?.Value
const endpoints = () => all('EC2::VPCEndpoint').map(({ ServiceName }) => String(ServiceName).split('us-east-1.')[1])
const launched = () => all('EC2::LaunchTemplate').map(({ LaunchTemplateData }) => LaunchTemplateData as Fields)
const balancers = () => all('ElasticLoadBalancingV2::LoadBalancer')
const applicationBalancers = () => balancers().filter(({ Type }) => Type === 'application')
const statements = (type: string, policy: string) =>
  all(type).flatMap((one) => (one[policy] as { Statement: Fields[] }).Statement)
const open = ({ Effect, Principal, Condition }: Fields) =>
  Effect === 'Allow' && /"\*"/.test(text(Principal)) && Condition === undefined

/** Each as Security Hub reads it, over the resources that it is about. */
const CONTROLS: Readonly<Record<string, () => readonly unknown[]>> = {
  'AutoScaling.2': () => all('AutoScaling::AutoScalingGroup').map((one) => (one.VPCZoneIdentifier as []).length >= 2),
  'AutoScaling.6': () =>
    all('AutoScaling::AutoScalingGroup').map((one) => /Overrides.*InstanceType.*InstanceType/.test(text(one))),
  'CloudWatch.16': () => all('Logs::LogGroup').map(({ RetentionInDays }) => Number(RetentionInDays) >= 365),
  'EC2.6': () => all('EC2::VPC').map(() => all('EC2::FlowLog').some(({ TrafficType }) => TrafficType === 'ALL')),
  'EC2.10, EC2.55 to EC2.57': () => ['ec2', 'ecr.api', 'ecr.dkr', 'ssm'].map((one) => endpoints().includes(one)),
  'EC2.15': () => all('EC2::Subnet').map(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch !== true),
  'EC2.18, EC2.19': () =>
    all('EC2::SecurityGroup')
      .flatMap(({ SecurityGroupIngress = [] }) => SecurityGroupIngress as Fields[])
      .map(({ CidrIp, FromPort }) => CidrIp !== '0.0.0.0/0' || [80, 443].includes(Number(FromPort))),
  'EC2.25': () => launched().map((one) => !/"AssociatePublicIpAddress":(true|"true")/.test(text(one))),
  'EC2.170': () => launched().map((one) => (one.MetadataOptions as Fields).HttpTokens === 'required'),
  'EC2.181': () => launched().map((one) => !/"Encrypted":false/.test(text(one)) && /"Encrypted":true/.test(text(one))),
  'ECR.1 to ECR.3': () =>
    all('ECR::Repository').flatMap((one) => [
      (one.ImageScanningConfiguration as Fields).ScanOnPush,
      one.ImageTagMutability === 'IMMUTABLE',
      one.LifecyclePolicy !== undefined,
    ]),
  'ECS.2': () => all('ECS::Service').map((one) => !/"AssignPublicIp":"ENABLED"/.test(text(one))),
  'ECS.3, ECS.17': () =>
    all('ECS::TaskDefinition').map((one) => one.PidMode === undefined && one.NetworkMode !== 'host'),
  'ECS.4': () => containers().map(({ Privileged }) => Privileged !== true),
  'ECS.5': () => containers().map(({ ReadonlyRootFilesystem }) => ReadonlyRootFilesystem === true),
  'ECS.8': () =>
    containers().map((one) => !/AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|ECS_ENGINE_AUTH_DATA/.test(text(one))),
  'ECS.10': () => all('ECS::Service').map(({ PlatformVersion = 'LATEST' }) => PlatformVersion === 'LATEST'),
  'ECS.9': () => containers().map(({ LogConfiguration }) => LogConfiguration !== undefined),
  'ECS.12': () => all('ECS::Cluster').map((one) => /"containerInsights","Value":"enabled"/.test(text(one))),
  'ECS.18': () =>
    all('ECS::TaskDefinition').map(
      (one) => !/EFS|FilesystemId/.test(text(one)) || /"TransitEncryption":"ENABLED"/.test(text(one)),
    ),
  'ECS.20': () => containers().map(({ User }) => User !== undefined && !/^(root|0)(:|$)/.test(String(User))),
  'EFS.1, EFS.2': () =>
    all('EFS::FileSystem').flatMap((one) => [one.Encrypted, /ENABLED/.test(text(one.BackupPolicy))]),
  'EFS.3, EFS.4': () =>
    all('EFS::AccessPoint').flatMap((one) => [(one.RootDirectory as Fields).Path !== '/', one.PosixUser !== undefined]),
  'ELB.1': () =>
    all('ElasticLoadBalancingV2::Listener').map(
      (one) => one.Protocol !== 'HTTP' || /"Type":"redirect"/.test(text(one)),
    ),
  'ELB.4': () =>
    applicationBalancers().map((one) => attribute('routing.http.drop_invalid_header_fields.enabled')(one) === 'true'),
  'ELB.5': () => applicationBalancers().map((one) => attribute('access_logs.s3.enabled')(one) === 'true'),
  'ELB.6': () => balancers().map((one) => attribute('deletion_protection.enabled')(one) === 'true'),
  'ELB.13': () => balancers().map((one) => (one.Subnets as []).length >= 2),
  'ELB.16': () => {
    const guarded = all('WAFv2::WebACLAssociation').map(({ ResourceArn }) => ResourceArn)
    return applicationBalancers().map((_, index) => new Set(guarded).size > index)
  },
  'ELB.17': () =>
    all('ElasticLoadBalancingV2::Listener').map(
      (one) =>
        !['HTTPS', 'TLS'].includes(String(one.Protocol)) ||
        /^ELBSecurityPolicy-TLS13-1-(3|2-Res)/.test(String(one.SslPolicy)),
    ),
  'IAM.1, IAM.21': () =>
    all('IAM::Role').map((one) => !/"(Not)?Action":(\[[^\]]*)?"([a-z0-9-]+:)?\*"/.test(text(one.Policies ?? []))),
  'KMS.1': () => all('IAM::Role').map(({ Policies = [] }) => !/"kms:/.test(text(Policies))),
  'KMS.5': () => statements('KMS::Key', 'KeyPolicy').map((one) => !open(one)),
  'KMS.4': () => all('KMS::Key').map(({ EnableKeyRotation }) => EnableKeyRotation),
  'S3.2, S3.6': () =>
    statements('S3::BucketPolicy', 'PolicyDocument').map(
      (one) => !open(one) && (one.Effect === 'Deny' || one.Action === 's3:PutObject'),
    ),
  'S3.12': () => all('S3::Bucket').map(({ AccessControl }) => AccessControl === undefined),
  'S3.5': () => all('S3::BucketPolicy').map((one) => /"Effect":"Deny".*"aws:SecureTransport":"false"/.test(text(one))),
  'S3.8': () =>
    all('S3::Bucket').map(
      (one) => Object.values(one.PublicAccessBlockConfiguration as Fields).filter(Boolean).length === 4,
    ),
  'S3.13': () => all('S3::Bucket').map(({ LifecycleConfiguration }) => /Enabled/.test(text(LifecycleConfiguration))),
  'WAF.10, WAF.12': () =>
    all('WAFv2::WebACL').flatMap(({ Rules }) =>
      (Rules as Fields[]).map((one) => (one.VisibilityConfig as Fields).CloudWatchMetricsEnabled),
    ),
}

test.each(Object.entries(CONTROLS))('security: strict meets %s', (_control, holds) => {
  const answers = holds()
  expect(answers.length).toBeGreaterThan(0)
  expect(answers.filter((answer) => answer !== true)).toEqual([])
})

test('the page on security speaks of every control', () => {
  const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
  const named = Object.keys(CONTROLS).flatMap((one) => one.match(/[A-Za-z0-9]+\.\d+/g) ?? [])
  const ranges = [...page.matchAll(/([A-Za-z0-9]+)\.(\d+) to \1\.(\d+)/g)]
  const spoken = (control: string) => {
    const [family, number] = control.split('.')
    return (
      new RegExp(`\\b${family}\\.${number}\\b`, 'i').test(page) ||
      ranges.some(
        ([, name, from, to]) => name === family && Number(number) >= Number(from) && Number(number) <= Number(to),
      )
    )
  }
  expect(named.filter((control) => !spoken(control))).toEqual([])
})
