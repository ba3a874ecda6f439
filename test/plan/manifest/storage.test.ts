import { expect, test } from 'vitest'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

const volume = (text: string) => `{ storage: { volumes: { a: { path: /a, ${text.slice(1)} } } }`

test.each([
  [
    'two kinds',
    volume('{ efs: true, ebs: 20 }'),
    'storage.volumes.a.ebs  a volume is of one kind, and this one is efs already',
  ],
  [
    'a folder of the host on Fargate',
    volume('{ host: /x }'),
    'storage.volumes.a.host  Fargate has no folders of an instance; leave host out for an empty volume',
  ],
  [
    'a Docker volume on Fargate',
    volume('{ docker: true }'),
    'storage.volumes.a.docker  Fargate has no Docker volumes; leave docker out for an empty volume',
  ],
  [
    'FSx on Linux',
    volume('{ fsx: { id: fs-01234567, root_dir: x, credentials: y, domain: z } }'),
    'storage.volumes.a.fsx  only Windows tasks on instances mount FSx for Windows File Server',
  ],
  [
    'ephemeral storage of an instance',
    '{ compute: gpu, storage: { ephemeral: 50 } }',
    'storage.ephemeral  an instance has a disk of its own; only Fargate has storage.ephemeral',
  ],
  [
    'a way into a file system that is made',
    volume('{ efs: { auth: { iam: true } } }'),
    'storage.volumes.a.efs.auth  belongs to a file system that exists; name its id',
  ],
  [
    'a folder of a file system that is made',
    volume('{ efs: { root_dir: /x } }'),
    'storage.volumes.a.efs.root_dir  belongs to a file system that exists; name its id',
  ],
  [
    'an owner of one that exists',
    volume('{ efs: { id: fs-01234567, gid: 1 } }'),
    'storage.volumes.a.efs.gid  is for a file system that is made; an access point says it of one that exists',
  ],
  [
    'a folder beside an access point',
    volume('{ efs: { id: fs-01234567, root_dir: /x, auth: { access_point_id: fsap-01234567 } } }'),
    'storage.volumes.a.efs.root_dir  is the access point’s; leave it out',
  ],
  [
    'two disks',
    '{ storage: { volumes: { a: { path: /a, ebs: 20 }, b: { path: /b, ebs: 20 } } } }',
    'storage.volumes.b.ebs  a task has one disk of its own at most',
  ],
  ['a disk without a size', volume('{ ebs: { type: gp3 } }'), 'storage.volumes.a.ebs  needs a size, or a snapshot'],
  [
    'throughput of another disk',
    volume('{ ebs: { size: 20, type: io2, iops: 100, throughput: 500 } }'),
    'storage.volumes.a.ebs.throughput  is for gp3 only',
  ],
  [
    'operations of another disk',
    volume('{ ebs: { size: 200, type: st1, iops: 500 } }'),
    'storage.volumes.a.ebs.iops  is for gp3, io1 and io2 only',
  ],
  [
    'a disk that is too small',
    volume('{ ebs: { size: 100, type: st1 } }'),
    'storage.volumes.a.ebs.size  of st1 must be from 125 to 16384 GiB',
  ],
  [
    'fewer operations than AWS gives',
    volume('{ ebs: { size: 20, iops: 100 } }'),
    'storage.volumes.a.ebs.iops  of gp3 must be from 3000 to 80000',
  ],
  [
    'a disk without the operations that it has to name',
    volume('{ ebs: { size: 20, type: io2 } }'),
    'storage.volumes.a.ebs  needs iops: io2 has none of its own',
  ],
  [
    'a disk whose size is wrong, and says no more of it',
    volume('{ ebs: { size: 70000 } }'),
    'storage.volumes.a.ebs.size  must be at most 65536',
  ],
  [
    'a file system whose id is wrong, and says no more of it',
    volume('{ efs: { id: fs-1, auth: { iam: true } } }'),
    'storage.volumes.a.efs.id  expected the id of a file system: fs-…, or from_cfn: with the name of an export',
  ],
  [
    'a volume that no container has',
    '{ storage: { volumes: { a: { efs: true } } } }',
    'storage.volumes.a  no container has it: give it a path, or a sidecar mount_points',
  ],
  [
    'two at one place',
    '{ storage: { volumes: { a: { path: /x }, b: { path: /x } } } }',
    'storage.volumes.b.path  a is there already',
  ],
  [
    'a mount point of nothing',
    '{ sidecars: { s: { image: x, mount_points: [{ source_volume: b, path: /x }] } } }',
    'sidecars.s.mount_points[0].source_volume  is no volume of storage.volumes',
  ],
  [
    'a shell where nothing can be written',
    '{ exec: true, storage: { readonly_fs: true } }',
    'exec  ECS Exec has to write to the root file system; leave exec out, or say storage.readonly_fs: false',
  ],
  [
    'a file system for machines that are not AWS’s',
    '{ compute: external, storage: { volumes: { a: { path: /a, efs: fs-01234567 } } } }',
    'storage.volumes.a.efs  a machine that is not AWS’s has host folders and Docker volumes only',
  ],
  [
    'a file system that is made for a daemon',
    '{ compute: ec2, scheduling: daemon, storage: { volumes: { a: { path: /a, efs: true } } } }',
    'storage.volumes.a.efs  a daemon runs on the instances of others; name a file system by its id',
  ],
])('refuses %s', (_what, settings, problem) => {
  expect(problemsOf(serviceManifest(settings)).map((text) => text.replace(/^\S+ +services\.web\./, ''))).toEqual([
    problem,
  ])
})

test('volumes are called as ECS lets them be, and those of one file system differ in letters and digits', () => {
  const volumes = (text: string) => problemsOf(serviceManifest(`{ storage: { volumes: { ${text} } } }`))
  expect(volumes('myEFSVolume: { path: /a, efs: true }, db_data: { path: /b, efs: true }')).toEqual([])
  expect(volumes('db_data: { path: /a }, db-data: { path: /b }')).toEqual([])
  expect(volumes('db_data: { path: /a, efs: true }, db-data: { path: /b, efs: true }')).toEqual([
    '3:66  services.web.storage.volumes.db-data  is called too much like db_data',
  ])
})

test('a path that is none says nothing of who has the volume', () => {
  expect(problemsOf(serviceManifest('{ storage: { volumes: { a: { path: scratch } } } }'))).toEqual([
    '3:43  services.web.storage.volumes.a.path  expected a path that begins with /',
  ])
})
