import { EC2 } from '@aws-sdk/client-ec2'
import { EFS } from '@aws-sdk/client-efs'
import { S3 } from '@aws-sdk/client-s3'
import { expect, onTestFinished, test } from 'vitest'
import { OWNER_LABEL } from '../../src/emulator/runtime/labels.ts'
import { busyboxImage, docker, startEcsOnDocker } from '../support/ecs-docker.ts'

const shell = (script: string) => ({ entryPoint: ['/bin/sh', '-c'], command: [script] })

async function start() {
  const started = await startEcsOnDocker()
  const { id, aws } = started
  const volumes = () => docker('volume', 'ls', '--quiet', '--filter', `label=${OWNER_LABEL}=${id}`)
  onTestFinished(() => {
    for (const name of volumes().split('\n').filter(Boolean)) docker('volume', 'rm', '--force', name)
  })
  return { ...started, volumes, efs: new EFS(aws.client), s3: new S3(aws.client), ec2: new EC2(aws.client) }
}

test('a file system outlives tasks, is shared by those that mount it, and belongs to the user of its access point', async () => {
  const { run, reached, lines, aws, volumes, efs, ec2 } = await start()
  const image = busyboxImage()
  const { FileSystemId = '' } = await efs.createFileSystem({ CreationToken: 'a', Encrypted: true })
  const [SubnetId = ''] = Object.keys(aws.emulator.world.region('us-east-1').ec2.subnets)
  const { SecurityGroups: [group] = [] } = await ec2.describeSecurityGroups({
    Filters: [{ Name: 'group-name', Values: ['default'] }],
  })
  await efs.createMountTarget({ FileSystemId, SubnetId, SecurityGroups: [group?.GroupId ?? ''] })
  const { AccessPointId: accessPointId } = await efs.createAccessPoint({
    ClientToken: 'a',
    FileSystemId,
    PosixUser: { Uid: 1000, Gid: 1000 },
    RootDirectory: { Path: '/data', CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: '0755' } },
  })
  const mount = (readOnly: boolean) => ({
    image,
    user: '1000',
    readonlyRootFilesystem: true,
    mountPoints: [{ sourceVolume: 'data', containerPath: '/mnt/data', readOnly }],
  })
  const efsVolumeConfiguration = {
    fileSystemId: FileSystemId,
    transitEncryption: 'ENABLED' as const,
    authorizationConfig: { accessPointId, iam: 'ENABLED' as const },
  }
  const more = { volumes: [{ name: 'data', efsVolumeConfiguration }] }

  const first = await run({ ...mount(false), ...shell('echo kept > /mnt/data/file') }, more)
  expect(await reached(first, 'STOPPED')).toMatchObject({ containers: [{ exitCode: 0 }] })
  const read = 'cat /mnt/data/file; stat -c "%u:%g" /mnt/data; touch /mnt/data/x || echo sealed'
  const second = await run({ ...mount(true), ...shell(read) }, more)
  await reached(second, 'STOPPED')
  const written = await lines(second, 4)
  expect(written.filter((line) => !line.startsWith('touch:')).sort()).toEqual(['1000:1000', 'kept', 'sealed'])

  expect(volumes()).toMatch(new RegExp(`^embedded-aws-${FileSystemId}-\\w+$`))
  const { MountTargets: [target] = [] } = await efs.describeMountTargets({ FileSystemId })
  await efs.deleteMountTarget({ MountTargetId: target?.MountTargetId ?? '' })
  await efs.deleteFileSystem({ FileSystemId })
  await aws.eventually(async () => volumes() === '')
})

test('containers of a task share a volume that comes with what the image has there, and goes with the task', async () => {
  const { run, reached, lines, volumes } = await start()
  const image = busyboxImage()
  const options = { 'awslogs-group': '/test', 'awslogs-stream-prefix': 'ecs', 'awslogs-create-group': 'true' }
  const wait = 'while [ ! -f /shared/word ]; do sleep 0.1; done; cat /shared/word; ls /bin | grep -c "^busybox$"'
  const arn = await run(
    {},
    {
      volumes: [{ name: 'shared', host: {} }, { name: 'bin' }],
      containerDefinitions: [
        {
          ...{ name: 'main', image, ...shell(wait), logConfiguration: { logDriver: 'awslogs', options } },
          mountPoints: [{ sourceVolume: 'bin', containerPath: '/bin' }],
          volumesFrom: [{ sourceContainer: 'writer', readOnly: true }],
        },
        {
          ...{ name: 'writer', image, essential: false, ...shell('echo spoken > /shared/word') },
          mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared' }],
        },
      ],
    },
  )
  await reached(arn, 'STOPPED')
  expect(await lines(arn, 2)).toEqual(['spoken', '1'])
  expect(volumes()).toBe('')
})

test('variables come from files in S3, and what the definition says itself counts more', async () => {
  const { run, reached, lines, s3, task } = await start()
  const image = busyboxImage()
  await s3.createBucket({ Bucket: 'team-files' })
  const put = (Key: string, Body: string) => s3.putObject({ Bucket: 'team-files', Key, Body })
  await put('a.env', '# a comment\nA=from a\nB="quoted"\r\nno variable\nC=a=b\n')
  await put('b.env', 'A=from b\nD=from b\nE=from b\n')
  const environmentFiles = ['a.env', 'b.env'].map((key) => ({
    type: 's3' as const,
    value: `arn:aws:s3:::team-files/${key}`,
  }))
  const environment = [{ name: 'E', value: 'own' }]
  const arn = await run({ image, environmentFiles, environment, ...shell('echo "$A|$B|$C|$D|$E"') })
  await reached(arn, 'STOPPED')
  expect(await lines(arn, 1)).toEqual(['from a|"quoted"|a=b|from b|own'])

  await s3.deleteObject({ Bucket: 'team-files', Key: 'b.env' })
  const without = await run({ image, environmentFiles, ...shell('echo never') })
  await reached(without, 'STOPPED')
  expect(await task(without)).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: expect.stringMatching(/^ResourceInitializationError: failed to download env files: .*NoSuchKey/),
  })
})
