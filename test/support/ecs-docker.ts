import { execFileSync } from 'node:child_process'
import { randomInt, randomUUID } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import * as Sdk from '@aws-sdk/client-ecs'
import { onTestFinished } from 'vitest'
import { acceleratedClock } from '../../src/emulator/clock.ts'
import { handOverImage } from '../../src/emulator/runtime/docker/hand-over.ts'
import { dockerRuntime, findEngine } from '../../src/emulator/runtime/docker/runtime.ts'
import { OWNER_LABEL } from '../../src/emulator/runtime/labels.ts'
import type { State } from '../../src/emulator/state.ts'
import type { World } from '../../src/emulator/world.ts'
import { startAws } from './emulator.ts'

const BUSYBOX = '/bin/busybox'
const SPEED = 100

export const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim()

let archive: Buffer | undefined

/** Busybox with links by its commands' names, as an image's file system. */
function busyboxFiles(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'img2vid-busybox-'))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  copyFileSync(BUSYBOX, join(bin, 'busybox'))
  execFileSync(join(bin, 'busybox'), ['--install', bin])
  const files = execFileSync('tar', ['--create', '--directory', folder, 'bin'], { maxBuffer: 2 ** 26 })
  rmSync(folder, { recursive: true, force: true })
  return files
}

/** An image of nothing but busybox, gone at the end of the test. Imported: to build it would take a container. */
export function busyboxImage(): string {
  const image = `img2vid-test/busybox:${randomUUID()}`
  archive ??= busyboxFiles()
  // One of its own for each test: what is the same would go with the first test that removes it.
  execFileSync('docker', ['import', '--change', `LABEL test=${image}`, '-', image], { input: archive, stdio: 'pipe' })
  onTestFinished(() => void docker('image', 'rm', '--force', image))
  return image
}

/** An ECS whose tasks are containers, in their own time. */
export async function startEcsOnDocker(options: { readonly id?: string; readonly state?: State } = {}) {
  const id = options.id ?? randomUUID()
  const directory = mkdtempSync(join(tmpdir(), 'img2vid-private-'))
  const limits = await findEngine()
  if (!limits) throw new Error('there is no Docker engine')
  let world: World | undefined
  const runtime = dockerRuntime({
    ownerLabel: `${OWNER_LABEL}=${id}`,
    directory,
    limits,
    handOver: async (image) => world && handOverImage(world, image),
  })
  const aws = await startAws({
    ...options,
    id,
    // Containers are called by ids of tasks, and the engine is one for all tests.
    seed: randomInt(2 ** 32),
    runtime,
    clock: acceleratedClock(SPEED),
    patience: acceleratedClock(1),
  })
  world = aws.emulator.world
  const containers = () => docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${OWNER_LABEL}=${id}`)
  onTestFinished(() => {
    const left = containers().split('\n').filter(Boolean)
    if (left.length > 0) docker('rm', '--force', ...left)
    rmSync(directory, { recursive: true, force: true })
  })
  const ecs = new Sdk.ECS(aws.client)
  await ecs.createCluster({})
  const logs = new CloudWatchLogs(aws.client)

  const task = async (arn = '') => (await ecs.describeTasks({ tasks: [arn] })).tasks?.[0] as Sdk.Task
  /** Waits for the task to be in the status. */
  const reached = (arn: string | undefined, status: string) =>
    aws.eventually(async () => {
      const now = await task(arn)
      // It would be forgotten after an hour, and nobody would know why.
      if (now.lastStatus === 'STOPPED' && status !== 'STOPPED') {
        const reasons = now.containers?.map(({ name, exitCode, reason }) => `${name}: ${exitCode} ${reason ?? ''}`)
        throw new Error(`the task stopped: ${now.stoppedReason}; ${reasons?.join('; ')}`)
      }
      return now.lastStatus === status && now
    })
  return {
    id,
    aws,
    ecs,
    containers,
    task,
    reached,
    /** Registers a task of one container, which writes to the log group /test, and runs it. */
    async run(container: Sdk.ContainerDefinition, more: Partial<Sdk.RegisterTaskDefinitionCommandInput> = {}) {
      const options = { 'awslogs-group': '/test', 'awslogs-stream-prefix': 'ecs', 'awslogs-create-group': 'true' }
      const { taskDefinition } = await ecs.registerTaskDefinition({
        family: 'test',
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        requiresCompatibilities: ['FARGATE'],
        executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
        containerDefinitions: [{ name: 'main', logConfiguration: { logDriver: 'awslogs', options }, ...container }],
        ...more,
      })
      const subnets = Object.keys(aws.emulator.world.region('us-east-1').ec2.subnets).slice(0, 1)
      const { tasks } = await ecs.runTask({
        taskDefinition: taskDefinition?.taskDefinitionArn,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets } },
      })
      return tasks?.[0]?.taskArn ?? ''
    },
    /** What the task's container has written, once there are so many lines. */
    lines: (arn: string, count: number) =>
      aws.eventually(async () => {
        const logStreamName = `ecs/main/${arn.split('/').at(-1)}`
        const { events = [] } = await logs
          .getLogEvents({ logGroupName: '/test', logStreamName, startFromHead: true })
          .catch(() => ({ events: [] }))
        return events.length >= count && events.map(({ message = '' }) => message)
      }),
  }
}
