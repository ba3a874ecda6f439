import { EFS } from '@aws-sdk/client-efs'
import { S3 } from '@aws-sdk/client-s3'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { expect, test } from 'vitest'
import { startCloudFormation } from '../support/cloudformation.ts'
import { startEcs } from '../support/ecs.ts'
import { network } from '../support/elb.ts'

const groups = {
  Tasks: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'tasks', VpcId: { Ref: 'Network' } } },
  Files: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'files',
      VpcId: { Ref: 'Network' },
      SecurityGroupIngress: [
        {
          IpProtocol: 'tcp',
          FromPort: 2049,
          ToPort: 2049,
          SourceSecurityGroupId: { 'Fn::GetAtt': ['Tasks', 'GroupId'] },
        },
      ],
    },
  },
}

test('a stack makes an encrypted file system with its mount target and access point, and takes them away', async () => {
  const { aws, create, remove } = await startCloudFormation()
  const efs = new EFS(aws.client)
  const { VpcId, Subnets } = network(aws)
  const { status, outputs } = await create(
    {
      Parameters: { Network: { Type: 'String' }, Subnet: { Type: 'String' } },
      Resources: {
        ...groups,
        Shared: {
          Type: 'AWS::EFS::FileSystem',
          Properties: {
            Encrypted: true,
            BackupPolicy: { Status: 'ENABLED' },
            FileSystemTags: [{ Key: 'Name', Value: 'shared' }],
          },
        },
        Target: {
          Type: 'AWS::EFS::MountTarget',
          Properties: {
            FileSystemId: { Ref: 'Shared' },
            SubnetId: { Ref: 'Subnet' },
            SecurityGroups: [{ 'Fn::GetAtt': ['Files', 'GroupId'] }],
          },
        },
        Point: {
          Type: 'AWS::EFS::AccessPoint',
          Properties: {
            FileSystemId: { Ref: 'Shared' },
            PosixUser: { Uid: '1000', Gid: '1000' },
            RootDirectory: { Path: '/data', CreationInfo: { OwnerUid: '1000', OwnerGid: '1000', Permissions: '0755' } },
          },
        },
      },
      Outputs: { Id: { Value: { Ref: 'Shared' } }, Point: { Value: { 'Fn::GetAtt': ['Point', 'Arn'] } } },
    },
    {
      Parameters: [
        { ParameterKey: 'Network', ParameterValue: VpcId },
        { ParameterKey: 'Subnet', ParameterValue: Subnets[0] },
      ],
    },
  )
  expect(status).toBe('CREATE_COMPLETE')
  const { Id: FileSystemId } = outputs
  const { FileSystems } = await efs.describeFileSystems({})
  expect(FileSystems).toMatchObject([
    { FileSystemId, Name: 'shared', Encrypted: true, LifeCycleState: 'available', NumberOfMountTargets: 1 },
  ])
  expect((await efs.describeBackupPolicy({ FileSystemId })).BackupPolicy).toEqual({ Status: 'ENABLED' })
  expect((await efs.describeMountTargets({ FileSystemId })).MountTargets).toMatchObject([{ SubnetId: Subnets[0] }])
  expect((await efs.describeAccessPoints({ FileSystemId })).AccessPoints).toMatchObject([
    { AccessPointArn: outputs.Point, PosixUser: { Uid: 1000, Gid: 1000 }, RootDirectory: { Path: '/data' } },
  ])
  await expect(efs.deleteFileSystem({ FileSystemId })).rejects.toMatchObject({ name: 'FileSystemInUse' })
  await remove()
  expect((await efs.describeFileSystems({})).FileSystems).toEqual([])
})

test.each([
  ['no mount target', false, undefined, /EFS mount target for this file system ID/],
  ['a mount target that lets nobody in', true, [], /Connection timed out/],
  ['one that lets it in', true, ['open'], undefined],
] as const)('a task whose file system has %s', async (_what, target, ingress, reason) => {
  const { aws, VpcId, Subnets, register, run, until, ecs } = await startEcs()
  const efs = new EFS(aws.client)
  const { FileSystemId } = await efs.createFileSystem({ CreationToken: 'a', Encrypted: true })
  const { ec2 } = aws.emulator.world.services
  const call = { region: 'us-east-1', requestId: '' }
  if (target) {
    const { GroupId = '' } = ec2.CreateSecurityGroup({ GroupName: 'files', Description: 'files', VpcId }, call)
    if (ingress?.length) {
      const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 2049, ToPort: 2049, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
      ec2.AuthorizeSecurityGroupIngress({ GroupId, IpPermissions }, call)
    }
    await efs.createMountTarget({ FileSystemId, SubnetId: Subnets[0], SecurityGroups: [GroupId] })
  }
  const arn = await register(
    'app',
    { mountPoints: [{ sourceVolume: 'files', containerPath: '/files' }] },
    { volumes: [{ name: 'files', efsVolumeConfiguration: { fileSystemId: FileSystemId } }] },
  )
  const [task] = await run(arn)
  const ended = await until(async () => {
    const { tasks: [now] = [] } = await ecs.describeTasks({ tasks: [task?.taskArn ?? ''] })
    return (now?.lastStatus === 'STOPPED' || now?.lastStatus === 'RUNNING') && now
  })
  expect(ended).toMatchObject(
    reason
      ? { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: expect.stringMatching(reason) }
      : { lastStatus: 'RUNNING' },
  )
})

test.each([
  [
    'a volume that is not there',
    {},
    { mountPoints: [{ sourceVolume: 'x', containerPath: '/x' }] },
    "Unknown volume 'x'.",
  ],
  [
    'a directory of the host on Fargate',
    { volumes: [{ name: 'x', host: { sourcePath: '/x' } }] },
    {},
    'host.sourcePath should not be set for volumes in Fargate.',
  ],
  [
    'an access point without encryption on the way',
    {
      volumes: [
        {
          name: 'x',
          efsVolumeConfiguration: { fileSystemId: 'fs-1', authorizationConfig: { accessPointId: 'fsap-1' } },
        },
      ],
    },
    {},
    'Transit encryption must be enabled for EFS volumes that use IAM authorization or an access point.',
  ],
  [
    'a file of variables that is none',
    {},
    { environmentFiles: [{ type: 's3' as const, value: 'arn:aws:s3:::b/k.txt' }] },
    /^Invalid environment file/,
  ],
  ['too little ephemeral storage', { ephemeralStorage: { sizeInGiB: 20 } }, {}, /between 21 and 200 GiB/],
])('refuses %s', async (_what, more, container, message) => {
  const { register } = await startEcs()
  const words = message instanceof RegExp ? expect.stringMatching(message) : message
  await expect(register('app', container, more)).rejects.toMatchObject({ name: 'ClientException', message: words })
})

test.each([
  ['that is not there', undefined, /unable to retrieve secret from asm: .*ResourceNotFoundException/],
  ['that is no JSON', 'secret', /it has to be JSON with username and password/],
  ['that is one', '{"username":"me","password":"word"}', undefined],
])('a task with a login for its registry %s', async (_what, SecretString, reason) => {
  const { aws, register, run, until, ecs } = await startEcs()
  const secrets = new SecretsManager(aws.client)
  const { ARN } = SecretString ? await secrets.createSecret({ Name: 'login', SecretString }) : {}
  const credentialsParameter = ARN ?? 'arn:aws:secretsmanager:us-east-1:000000000000:secret:login-abcdef'
  const [task] = await run(
    await register('registry.example.com/app', { repositoryCredentials: { credentialsParameter } }),
  )
  const ended = await until(async () => {
    const { tasks: [now] = [] } = await ecs.describeTasks({ tasks: [task?.taskArn ?? ''] })
    return (now?.lastStatus === 'STOPPED' || now?.lastStatus === 'RUNNING') && now
  })
  expect(ended.stoppedReason ?? '').toMatch(reason ?? /^$/)
  expect(ended.lastStatus).toBe(reason ? 'STOPPED' : 'RUNNING')
})

test('a template of up to a megabyte comes by its URL from a bucket', async () => {
  const { aws, api, end } = await startCloudFormation()
  const s3 = new S3(aws.client)
  await s3.createBucket({ Bucket: 'team-templates' })
  const template = (length: number) =>
    JSON.stringify({
      Resources: { Logs: { Type: 'AWS::Logs::LogGroup' } },
      Description: 'x',
      Metadata: { Long: 'x'.repeat(length) },
    })
  await s3.putObject({ Bucket: 'team-templates', Key: 'large.json', Body: template(300_000) })
  await s3.putObject({ Bucket: 'team-templates', Key: 'huge.json', Body: template(1_000_000) })
  const url = (key: string) => `https://team-templates.s3.us-east-1.amazonaws.com/${key}`
  const begin = (TemplateURL: string) => api.createStack({ StackName: 'mine', TemplateURL })
  await expect(begin(url('other.json'))).rejects.toThrow('S3 error: The specified key does not exist.')
  await expect(begin(url('huge.json'))).rejects.toThrow('Template may not exceed 1000000 bytes in size.')
  await expect(begin('https://example.com/large.json')).rejects.toThrow('TemplateURL must be a supported URL.')
  expect((await end((await begin(url('large.json'))).StackId)).status).toBe('CREATE_COMPLETE')
  expect((await api.getTemplate({ StackName: 'mine' })).TemplateBody).toHaveLength(template(300_000).length)
  await api.updateStack({
    StackName: 'mine',
    TemplateURL: `${aws.endpoint}/team-templates/large.json`,
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  expect((await end('mine')).status).toBe('UPDATE_COMPLETE')
})

test('says which resources and properties of stacks are only kept', async () => {
  const { aws, create, remove } = await startCloudFormation()
  const listed = async () => (await fetch(`${aws.endpoint}/_embedded/stored?region=us-east-1`)).json()
  expect(await listed()).toEqual({ stored: [] })
  await create({
    Resources: {
      Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
      Logs: { Type: 'AWS::Logs::LogGroup' },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { VersioningConfiguration: { Status: 'Enabled' } } },
    },
  })
  expect(await listed()).toEqual({
    stored: [
      { stack: 'mine', logicalId: 'Topic', type: 'AWS::SNS::Topic' },
      { stack: 'mine', logicalId: 'Bucket', type: 'AWS::S3::Bucket', properties: ['VersioningConfiguration'] },
    ],
  })
  const stranger = await fetch(`${aws.endpoint}/_embedded/stored`, { headers: { origin: 'https://example.com' } })
  expect(stranger.status).toBe(403)
  await remove()
  expect(await listed()).toEqual({ stored: [] })
})
