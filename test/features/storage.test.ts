import { ECS } from '@aws-sdk/client-ecs'
import { EFS } from '@aws-sdk/client-efs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy, presentDestroy } from '../../src/commands/destroy.ts'
import { flags, testWorld } from '../support/context.ts'

const manifest = (storage: string) => `
app: demo
services:
  web:
    image: { location: 'nginx:1' }
    storage: ${storage}
`

const stays = ({ FileSystemId: id }: { FileSystemId?: string | undefined } = {}) =>
  `file system ${id}, with all files, of demo-dev-web; \`aws efs delete-file-system --file-system-id ${id}\` takes it away`

test('files outlive tasks, deployments and the service itself, and nobody else is let in', async () => {
  const files =
    '{ ephemeral: 30, volumes: { uploads: { path: /srv/uploads, efs: { uid: 101 } }, scratch: { path: /tmp } } }'
  const world = await testWorld({ files: { 'img2vid.yaml': manifest(files) } })
  const [ecs, efs] = [new ECS(world.aws.client), new EFS(world.aws.client)]
  const deployed = await deploy(flags, world.context)
  expect(deployed.stored).toEqual(
    expect.arrayContaining([
      { stack: 'demo-dev-web', logicalId: 'FileSystem', type: 'AWS::EFS::FileSystem', properties: ['BackupPolicy'] },
    ]),
  )

  const { FileSystems: [system] = [] } = await efs.describeFileSystems({})
  expect(system).toMatchObject({ Name: 'demo-dev-web', Encrypted: true, NumberOfMountTargets: 2 })
  const { AccessPoints: [point] = [] } = await efs.describeAccessPoints({})
  expect(point).toMatchObject({ PosixUser: { Uid: 101, Gid: 101 }, RootDirectory: { Path: '/uploads' } })
  const { taskDefinitionArns = [] } = await ecs.listTaskDefinitions({ sort: 'DESC' })
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: taskDefinitionArns[0] })
  expect(taskDefinition).toMatchObject({
    ephemeralStorage: { sizeInGiB: 30 },
    volumes: [
      {
        name: 'uploads',
        efsVolumeConfiguration: {
          fileSystemId: system?.FileSystemId,
          transitEncryption: 'ENABLED',
          authorizationConfig: { accessPointId: point?.AccessPointId, iam: 'ENABLED' },
        },
      },
      { name: 'scratch' },
    ],
    containerDefinitions: [
      {
        mountPoints: [
          { sourceVolume: 'uploads', containerPath: '/srv/uploads', readOnly: false },
          { sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false },
        ],
      },
    ],
  })

  const gone = await destroy(flags, world.context)
  const left = stays(system)
  expect(gone.left).toEqual([left])
  expect(presentDestroy(gone)).toContain(`still there:\n  ${left}`)
  const { FileSystems: [still] = [] } = await efs.describeFileSystems({})
  expect(still).toMatchObject({ FileSystemId: system?.FileSystemId, NumberOfMountTargets: 0 })
})

test('files stay when tasks move to private subnets, into a further zone and back', async () => {
  const web = (vpc: string) => `
app: demo
services: { web: { image: { location: web }, storage: { volumes: { data: { path: /data, efs: true } } } } }
network: { vpc: ${vpc} }
`
  const world = await testWorld()
  const efs = new EFS(world.aws.client)
  const seen = []
  for (const vpc of ['{}', '{ placement: private, nat: single }', '{ placement: private, zones: 3 }', '{}']) {
    world.write({ 'img2vid.yaml': web(vpc) })
    await deploy(flags, world.context)
    const { FileSystems = [] } = await efs.describeFileSystems({})
    seen.push(FileSystems.map(({ FileSystemId, NumberOfMountTargets }) => [FileSystemId, NumberOfMountTargets]))
  }
  const id = seen[0]?.[0]?.[0]
  expect(seen).toEqual([2, 2, 3, 2].map((targets) => [[id, targets]]))
})

test('what others have filled is only read, by sidecars as well, unless the manifest says otherwise', async () => {
  const text = `
app: demo
services:
  web:
    image: { location: 'nginx:1' }
    compute: ec2
    http: false
    storage:
      volumes:
        models: { path: /models, host: /opt/models }
        cache: { path: /cache, host: /opt/cache, read_only: false }
        shared: { path: /shared, read_only: true }
    sidecars:
      agent:
        image: 'nginx:1'
        mount_points:
          - { source_volume: models, path: /m }
          - { source_volume: models, path: /w, read_only: false }
          - { source_volume: cache, path: /c }
          - { source_volume: shared, path: /s }
`
  const { context, aws } = await testWorld({ files: { 'img2vid.yaml': text } })
  await deploy(flags, context)
  const [definition] = Object.values(aws.emulator.world.region('us-east-1').ecs.taskDefinitions)
  const mounts = definition?.input.containerDefinitions?.map(({ mountPoints = [] }) =>
    mountPoints.map(({ containerPath, readOnly }) => [containerPath, readOnly]),
  )
  expect(mounts).toEqual([
    [
      ['/models', true],
      ['/cache', false],
      ['/shared', true],
    ],
    [
      ['/m', true],
      ['/w', false],
      ['/c', false],
      ['/s', false],
    ],
  ])
})

test('a file system that no stack has any more is told of: after a first deployment that failed, and when the volume goes', async () => {
  const files = '{ volumes: { uploads: { path: /srv/uploads, efs: true } } }'
  let exitCode = 1
  const world = await testWorld({
    files: { 'img2vid.yaml': manifest(files) },
    behave: () => {
      if (exitCode === 0) return {}
      world.pace(20)
      return { exitCode }
    },
  })
  const efs = new EFS(world.aws.client)
  const failure = await deploy(flags, world.context).then(
    () => undefined,
    (error: Error) => error.message,
  )
  const { FileSystems: [first] = [] } = await efs.describeFileSystems({})
  expect(failure?.split('\n').slice(-2)).toEqual([
    '  nothing of the service is left: it was its first deployment; still there:',
    `    ${stays(first)}`,
  ])

  exitCode = 0
  await deploy(flags, world.context)
  const { FileSystems = [] } = await efs.describeFileSystems({})
  const second = FileSystems.find(({ FileSystemId }) => FileSystemId !== first?.FileSystemId)
  world.write({ 'img2vid.yaml': manifest('{ ephemeral: 30 }') })
  await deploy(flags, world.context)
  const notes = world.shown.flatMap((one) => (one.type === 'note' ? [one.text] : []))
  expect(notes).toEqual([`still there: ${stays(second)}`])
  expect(await destroy(flags, world.context)).toMatchObject({ left: [] })
})
