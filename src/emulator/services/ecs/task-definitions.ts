import type * as Sdk from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { checkTaskDefinition } from './checks.ts'
import { ecsOf, findTaskDefinition } from './find.ts'
import type { EcsState, TaskDefinitionState } from './state.ts'

const DELETION_CHECK_SECONDS = 60

export const taskDefinitions = (world: World) =>
  ({
    RegisterTaskDefinition: (input, call) => {
      checkTaskDefinition(input)
      const { taskDefinitions: all, revisions } = ecsOf(world, call.region)
      const family = input.family ?? ''
      const revision = (revisions[family] ?? 0) + 1
      revisions[family] = revision
      const { tags = [], ...rest } = input
      const definition: TaskDefinitionState = {
        arn: arn(world, 'ecs', call.region, `task-definition/${family}:${revision}`),
        family,
        revision,
        status: 'ACTIVE',
        registeredAt: world.clock.now(),
        input: rest,
        compatibilities: compatibilities(input),
        tags,
      }
      all[definition.arn] = definition
      return { taskDefinition: description(definition), tags }
    },

    DescribeTaskDefinition: ({ taskDefinition, include }, call) => {
      const definition = findTaskDefinition(world, call, taskDefinition)
      return { taskDefinition: description(definition), ...(include?.includes('TAGS') && { tags: definition.tags }) }
    },

    DeregisterTaskDefinition: ({ taskDefinition = '' }, call) => {
      if (!/:\d+$/.test(taskDefinition)) throw new AwsError('ClientException', 'Revision is missing.')
      const definition = findTaskDefinition(world, call, taskDefinition)
      if (definition.status === 'ACTIVE') {
        definition.status = 'INACTIVE'
        definition.deregisteredAt = world.clock.now()
      }
      return { taskDefinition: description(definition) }
    },

    DeleteTaskDefinitions: ({ taskDefinitions: references = [] }, call) => {
      const ecs = ecsOf(world, call.region)
      const deleted: Sdk.TaskDefinition[] = []
      const failures: Sdk.Failure[] = []
      for (const reference of references) {
        const definition = findTaskDefinition(world, call, reference)
        if (definition.status === 'ACTIVE') {
          failures.push({
            arn: definition.arn,
            reason:
              'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
          })
          continue
        }
        definition.status = 'DELETE_IN_PROGRESS'
        deleted.push(description(definition))
      }
      removeDeleted(ecs)
      return { taskDefinitions: deleted, failures }
    },

    ListTaskDefinitions: ({ familyPrefix, status = 'ACTIVE', sort = 'ASC', maxResults = 100, nextToken }, call) => {
      const arns = Object.values(ecsOf(world, call.region).taskDefinitions)
        .filter((definition) => familyPrefix === undefined || definition.family === familyPrefix)
        .filter((definition) => definition.status === status)
        .sort((a, b) => (a.family === b.family ? a.revision - b.revision : a.family < b.family ? -1 : 1))
        .map((definition) => definition.arn)
      const { items, next } = page(sort === 'DESC' ? arns.reverse() : arns, maxResults, nextToken)
      return { taskDefinitionArns: items, ...(next && { nextToken: next }) }
    },

    ListTaskDefinitionFamilies: ({ familyPrefix = '', status = 'ACTIVE', maxResults = 100, nextToken }, call) => {
      const definitions = Object.values(ecsOf(world, call.region).taskDefinitions)
      const families = [
        ...new Set(definitions.filter((one) => status === 'ALL' || one.status === status).map(({ family }) => family)),
      ]
        .filter((family) => family.startsWith(familyPrefix))
        .sort()
      const { items, next } = page(families, maxResults, nextToken)
      return { families: items, ...(next && { nextToken: next }) }
    },
  }) satisfies Handlers<typeof Sdk>

function compatibilities({
  networkMode,
  containerDefinitions = [],
  requiresCompatibilities = [],
}: Sdk.RegisterTaskDefinitionCommandInput) {
  const gpu = containerDefinitions.some(({ resourceRequirements = [] }) =>
    resourceRequirements.some(({ type }) => type === 'GPU'),
  )
  const fargate = networkMode === 'awsvpc' && !gpu
  const all: Sdk.Compatibility[] = ['EC2', ...(fargate ? (['FARGATE'] as const) : [])]
  return [...new Set([...all, ...requiresCompatibilities])] as TaskDefinitionState['compatibilities']
}

function description(definition: TaskDefinitionState): Sdk.TaskDefinition {
  const { input } = definition
  return {
    volumes: [],
    placementConstraints: [],
    ...(input as Sdk.TaskDefinition),
    taskDefinitionArn: definition.arn,
    revision: definition.revision,
    status: definition.status,
    registeredAt: definition.registeredAt,
    registeredBy: 'arn:aws:iam::000000000000:user/local',
    compatibilities: definition.compatibilities,
    containerDefinitions: (input.containerDefinitions ?? []).map((container) => ({
      cpu: 0,
      environment: [],
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
      essential: true,
      ...container,
      portMappings: (container.portMappings ?? []).map((mapping) => ({
        protocol: 'tcp' as const,
        hostPort: input.networkMode === 'awsvpc' || input.networkMode === 'host' ? (mapping.containerPort ?? 0) : 0,
        ...mapping,
      })),
    })),
    ...(definition.deregisteredAt && { deregisteredAt: definition.deregisteredAt }),
  }
}

/** A definition for new tasks; one that is inactive is refused. */
export function usableTaskDefinition(world: World, call: Call, reference: string | undefined): TaskDefinitionState {
  const definition = findTaskDefinition(world, call, reference, 'TaskDefinition not found.')
  if (definition.status === 'ACTIVE') return definition
  throw new AwsError('ClientException', 'TaskDefinition is inactive')
}

/** Deleted definitions go once no task runs, and no service could start one, that needs them. */
export function superviseDeletions(world: World): void {
  world.background(async (signal) => {
    while (!signal.aborted) {
      await world.clock.sleep(DELETION_CHECK_SECONDS * 1000, signal)
      for (const { ecs } of Object.values(world.state.regions)) removeDeleted(ecs)
    }
  })
}

function removeDeleted(ecs: EcsState): void {
  for (const { arn: deleted, status } of Object.values(ecs.taskDefinitions))
    if (status === 'DELETE_IN_PROGRESS' && !isInUse(ecs, deleted)) delete ecs.taskDefinitions[deleted]
}

const isInUse = ({ tasks, services }: EcsState, definition: string): boolean =>
  Object.values(tasks).some(
    ({ definitionArn, lastStatus }) => definitionArn === definition && lastStatus !== 'STOPPED',
  ) ||
  Object.values(services).some(
    ({ status, input, deployments, lastCompleted }) =>
      status !== 'INACTIVE' && [input, ...deployments, lastCompleted].some((one) => one?.taskDefinition === definition),
  )
