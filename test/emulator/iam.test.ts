import * as Iam from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const trust = policy({ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' })
const EXECUTION = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'

async function account() {
  const aws = await startAws()
  const iam = new Iam.IAMClient(aws.client)
  const createRole = (RoleName: string, more: Partial<Iam.CreateRoleCommandInput> = {}) =>
    iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...more }))
  return { iam, createRole }
}

test('describes a role, its trust policy percent-encoded', async () => {
  const { iam, createRole } = await account()
  await createRole('task', { Path: '/img2vid/', Description: 'Runs it', Tags: [{ Key: 'app', Value: 'img2vid' }] })
  const { Role } = await iam.send(new Iam.GetRoleCommand({ RoleName: 'task' }))
  expect(Role).toEqual({
    Path: '/img2vid/',
    RoleName: 'task',
    RoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}$/),
    Arn: 'arn:aws:iam::000000000000:role/img2vid/task',
    CreateDate: expect.any(Date),
    AssumeRolePolicyDocument: expect.stringMatching(/^%7B%22Version%22%3A%222012-10-17%22/),
    Description: 'Runs it',
    MaxSessionDuration: 3600,
    RoleLastUsed: {},
    Tags: [{ Key: 'app', Value: 'img2vid' }],
  })
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(trust)
})

test('deletes a role only when nothing hangs on it', async () => {
  const { iam, createRole } = await account()
  const role = { RoleName: 'task' }
  const profile = { InstanceProfileName: 'profile' }
  await createRole('task')
  await iam.send(new Iam.AttachRolePolicyCommand({ ...role, PolicyArn: EXECUTION }))
  await iam.send(new Iam.PutRolePolicyCommand({ ...role, PolicyName: 'own', PolicyDocument: policy(statement) }))
  await iam.send(new Iam.CreateInstanceProfileCommand(profile))
  await iam.send(new Iam.AddRoleToInstanceProfileCommand({ ...profile, ...role }))
  const conflict = (message: string) =>
    expect(iam.send(new Iam.DeleteRoleCommand(role))).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message,
    })

  await conflict('Cannot delete entity, must remove roles from instance profile first.')
  await iam.send(new Iam.RemoveRoleFromInstanceProfileCommand({ ...profile, ...role }))
  await conflict('Cannot delete entity, must detach all policies first.')
  await iam.send(new Iam.DetachRolePolicyCommand({ ...role, PolicyArn: EXECUTION }))
  await conflict('Cannot delete entity, must delete policies first.')
  await iam.send(new Iam.DeleteRolePolicyCommand({ ...role, PolicyName: 'own' }))
  await iam.send(new Iam.DeleteRoleCommand(role))
  await expect(iam.send(new Iam.GetRoleCommand(role))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The role with name task cannot be found.',
  })
})

test('says what is wrong with a policy document', async () => {
  const { iam, createRole } = await account()
  await createRole('task')
  const problem = async (PolicyDocument: string) =>
    iam.send(new Iam.PutRolePolicyCommand({ RoleName: 'task', PolicyName: 'p', PolicyDocument })).then(
      () => undefined,
      (error: Error) => `${error.name}: ${error.message}`,
    )
  const identity = (change: object) => problem(policy({ ...statement, ...change }))
  const trusting = (AssumeRolePolicyDocument: string) =>
    createRole('other', { AssumeRolePolicyDocument }).catch((error: Error) => `${error.name}: ${error.message}`)
  expect([
    await problem('{'),
    await problem(JSON.stringify({ Statement: [statement] })),
    await identity({ Effect: 'allow' }),
    await identity({ Action: [] }),
    await identity({ Action: 'GetObject' }),
    await identity({ Resource: undefined }),
    await identity({ Resource: 'my-bucket' }),
    await identity({ Principal: '*' }),
    await trusting('{'),
    await trusting(policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' })),
    await trusting(policy({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' })),
  ]).toEqual(
    [
      'Syntax errors in policy.',
      'Policy document must be version 2012-10-17 or greater.',
      'Syntax errors in policy.',
      'Policy statement must contain actions.',
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      'Policy statement must contain resources.',
      'Resource my-bucket must be in ARN format or "*".',
      'Policy document should not specify a principal.',
      'This policy contains invalid Json',
      'AssumeRole policy may only specify STS AssumeRole actions.',
      'Has prohibited field Resource',
    ].map((text) => `MalformedPolicyDocumentException: ${text}`),
  )
})

test('counts all inline policies of a role against one quota, without their white space', async () => {
  const { iam, createRole } = await account()
  await createRole('task')
  const put = (PolicyName: string, Sid: string) => {
    const PolicyDocument = JSON.stringify(JSON.parse(policy({ ...statement, Sid })), null, 20)
    return iam.send(new Iam.PutRolePolicyCommand({ RoleName: 'task', PolicyName, PolicyDocument }))
  }
  await put('one', 'a'.repeat(5000))
  await put('two', 'b'.repeat(5000))
  await expect(put('three', 'c'.repeat(500))).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Maximum policy size of 10240 bytes exceeded for role task',
  })
})

test('attaches policies that exist: those of the account and those of AWS', async () => {
  const { iam, createRole } = await account()
  await createRole('task')
  const { Policy } = await iam.send(
    new Iam.CreatePolicyCommand({ PolicyName: 'own', PolicyDocument: policy(statement) }),
  )
  const attach = (PolicyArn: string) => iam.send(new Iam.AttachRolePolicyCommand({ RoleName: 'task', PolicyArn }))
  await attach(EXECUTION)
  await attach(Policy?.Arn ?? '')
  await expect(attach('arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy')).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'Policy arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy does not exist or is not attachable.',
  })
  const { AttachedPolicies } = await iam.send(new Iam.ListAttachedRolePoliciesCommand({ RoleName: 'task' }))
  expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(['AmazonECSTaskExecutionRolePolicy', 'own'])
  await expect(iam.send(new Iam.DeletePolicyCommand({ PolicyArn: Policy?.Arn }))).rejects.toThrow(
    'Cannot delete a policy attached to entities.',
  )
  const { Policies } = await iam.send(new Iam.ListPoliciesCommand({ OnlyAttached: true }))
  expect(Policies?.map(({ PolicyName, AttachmentCount }) => [PolicyName, AttachmentCount])).toEqual([
    ['own', 1],
    ['AmazonECSTaskExecutionRolePolicy', 1],
  ])
})

test('keeps five versions of a managed policy and never deletes the default', async () => {
  const { iam } = await account()
  const { Policy } = await iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: policy(statement) }))
  const PolicyArn = Policy?.Arn
  const add = (SetAsDefault: boolean) =>
    iam.send(new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policy(statement), SetAsDefault }))
  for (const isDefault of [false, false, false, true]) await add(isDefault)
  await expect(add(true)).rejects.toBeInstanceOf(Iam.LimitExceededException)
  const remove = (VersionId: string) => iam.send(new Iam.DeletePolicyVersionCommand({ PolicyArn, VersionId }))
  await expect(remove('v5')).rejects.toThrow('Cannot delete the default version of a policy.')
  await remove('v1')
  expect((await add(false)).PolicyVersion).toMatchObject({ VersionId: 'v6', IsDefaultVersion: false })
})

test('takes one role in an instance profile', async () => {
  const { iam, createRole } = await account()
  const InstanceProfileName = 'profile'
  await iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName }))
  for (const name of ['one', 'two']) await createRole(name)
  const add = (RoleName: string) => iam.send(new Iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
  await add('one')
  await expect(add('two')).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  })
  const { InstanceProfile } = await iam.send(new Iam.GetInstanceProfileCommand({ InstanceProfileName }))
  expect(InstanceProfile?.Roles?.map(({ Arn }) => Arn)).toEqual(['arn:aws:iam::000000000000:role/one'])
})

test('makes a service-linked role once, which nobody else can change', async () => {
  const { iam } = await account()
  const create = () => iam.send(new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }))
  const { Role } = await create()
  expect(Role?.Arn).toBe('arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS')
  await expect(create()).rejects.toMatchObject({
    name: 'InvalidInputException',
    message: 'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.',
  })
  await expect(iam.send(new Iam.DeleteRoleCommand({ RoleName: 'AWSServiceRoleForECS' }))).rejects.toBeInstanceOf(
    Iam.UnmodifiableEntityException,
  )
})

test('knows an OpenID provider once an account', async () => {
  const { iam } = await account()
  const Url = 'https://token.actions.githubusercontent.com'
  const create = () =>
    iam.send(new Iam.CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com'] }))
  const { OpenIDConnectProviderArn } = await create()
  expect(OpenIDConnectProviderArn).toBe('arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com')
  await expect(create()).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
    message: `Provider with url ${Url} already exists.`,
  })
})

test('refuses names that are too long, and lists roles in pages', async () => {
  const { iam, createRole } = await account()
  await expect(createRole('r'.repeat(65))).rejects.toThrow(
    "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
  )
  for (const name of ['c', 'a', 'b']) await createRole(name)
  const list = (Marker?: string) => iam.send(new Iam.ListRolesCommand({ MaxItems: 2, Marker }))
  const first = await list()
  const second = await list(first.Marker)
  expect(
    [first, second].map(({ Roles, IsTruncated }) => [Roles?.map(({ RoleName }) => RoleName), IsTruncated]),
  ).toEqual([
    [['a', 'b'], true],
    [['c'], false],
  ])
})
