import { IAM } from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { testStack } from '../support/stack.ts'

const document = (more: object) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
const trust = document({ Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' })
const may = (Action: string) => document({ Action, Resource: '*' })

const resources = (changed: boolean) => ({
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'machine',
      AssumeRolePolicyDocument: trust,
      MaxSessionDuration: changed ? 7200 : 3600,
      ManagedPolicyArns: [
        'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore',
        changed
          ? 'arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy'
          : 'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role',
      ],
      Policies: [
        { PolicyName: 'kept', PolicyDocument: may(changed ? 's3:PutObject' : 's3:GetObject') },
        { PolicyName: changed ? 'new' : 'old', PolicyDocument: may('s3:ListBucket') },
      ],
      Tags: [{ Key: changed ? 'new' : 'old', Value: '1' }],
    },
  },
  Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Role' }] } },
  Policy: {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyName: changed ? 'renamed' : 'extra', PolicyDocument: may('sqs:*'), Roles: [{ Ref: 'Role' }] },
  },
  Managed: {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: may(changed ? 'sns:Publish' : 'sns:*'), Roles: [{ Ref: 'Role' }] },
  },
  Provider: {
    Type: 'AWS::IAM::OIDCProvider',
    Properties: { Url: 'https://gitlab.com', ClientIdList: [changed ? 'new' : 'old', 'both'] },
  },
  Linked: { Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: 'ecs.amazonaws.com' } },
})

test('creates, changes and deletes what IAM has', async () => {
  const aws = await startAws()
  const iam = new IAM(aws.client)
  const stack = testStack(aws)
  const role = { RoleName: 'machine' }

  const { status, outputs } = await stack.create(resources(false), {
    Role: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    Profile: { Value: { 'Fn::GetAtt': ['Profile', 'Arn'] } },
    Managed: { Value: { Ref: 'Managed' } },
    Provider: { Value: { Ref: 'Provider' } },
    Linked: { Value: { Ref: 'Linked' } },
  })
  expect({ status, outputs }).toEqual({
    status: 'CREATE_COMPLETE',
    outputs: {
      Role: 'arn:aws:iam::000000000000:role/machine',
      Profile: expect.stringMatching(/^arn:aws:iam::000000000000:instance-profile\/mine-Profile-\w{12}$/),
      Managed: expect.stringMatching(/^arn:aws:iam::000000000000:policy\/mine-Managed-\w{12}$/),
      Provider: 'arn:aws:iam::000000000000:oidc-provider/gitlab.com',
      Linked: 'AWSServiceRoleForECS',
    },
  })

  await iam.putRolePolicy({ ...role, PolicyName: 'by-hand', PolicyDocument: JSON.stringify(may('ec2:*')) })
  expect((await stack.update(resources(true))).status).toBe('UPDATE_COMPLETE')
  const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies(role)
  expect(AttachedPolicies.map(({ PolicyArn }) => PolicyArn).sort()).toEqual([
    outputs.Managed,
    'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore',
    'arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy',
  ])
  expect((await iam.listRolePolicies(role)).PolicyNames?.sort()).toEqual(['by-hand', 'kept', 'new', 'renamed'])
  const { PolicyDocument = '' } = await iam.getRolePolicy({ ...role, PolicyName: 'kept' })
  expect(JSON.parse(decodeURIComponent(PolicyDocument))).toEqual(may('s3:PutObject'))
  const { Role } = await iam.getRole(role)
  expect([
    Role?.MaxSessionDuration,
    Role?.Tags?.map(({ Key }) => Key).filter((key) => !key?.startsWith('aws:')),
  ]).toEqual([7200, ['new']])
  const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn: outputs.Managed })
  expect(Versions.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
    ['v2', true],
    ['v1', false],
  ])
  const provider = await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: outputs.Provider })
  expect(provider.ClientIDList?.sort()).toEqual(['both', 'new'])

  const refused = await stack.remove()
  expect(refused.status).toBe('DELETE_FAILED')
  expect(refused.failures.join('\n')).toContain('Cannot delete entity, must delete policies first.')
  await iam.deleteRolePolicy({ ...role, PolicyName: 'by-hand' })
  expect((await stack.remove()).status).toBe('DELETE_COMPLETE')
  expect([(await iam.listRoles({})).Roles, (await iam.listPolicies({ Scope: 'Local' })).Policies]).toEqual([[], []])
})

test('leaves no role behind whose policies cannot be attached', async () => {
  const aws = await startAws()
  const stack = testStack(aws)
  const ManagedPolicyArns = ['arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy']
  const { status, failures } = await stack.create({
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust, ManagedPolicyArns } },
  })
  expect(status).toBe('ROLLBACK_COMPLETE')
  expect(failures[0]).toContain(`Policy ${ManagedPolicyArns[0]} does not exist or is not attachable.`)
  expect((await new IAM(aws.client).listRoles({})).Roles).toEqual([])
})
