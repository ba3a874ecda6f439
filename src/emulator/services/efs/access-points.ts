import type * as Sdk from '@aws-sdk/client-efs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { type AccessPoint, efsOf, findAccessPoint, findFileSystem } from './state.ts'

export const accessPoints = (world: World) =>
  ({
    CreateAccessPoint: ({ ClientToken, FileSystemId, PosixUser, RootDirectory, Tags }, call) => {
      const { accessPoints: all } = efsOf(world, call)
      const { FileSystemId: id } = findFileSystem(world, call, FileSystemId)
      const same = Object.values(all).find((one) => one.ClientToken === ClientToken)
      if (same) {
        throw new AwsError(
          'AccessPointAlreadyExists',
          `Access point '${same.AccessPointId}' already exists with client token '${ClientToken}'`,
          409,
        )
      }
      const AccessPointId = `fsap-${world.random.hex(17)}`
      const created: AccessPoint = {
        ...{ ClientToken, AccessPointId, FileSystemId: id, OwnerId: world.account, LifeCycleState: 'available' },
        AccessPointArn: arn(world, 'elasticfilesystem', call.region, `access-point/${AccessPointId}`),
        RootDirectory: { Path: '/', ...RootDirectory },
        ...(PosixUser && { PosixUser }),
        tags: tagRecord(Tags),
      }
      all[AccessPointId] = created
      return described(created)
    },

    DescribeAccessPoints: ({ AccessPointId, FileSystemId, MaxResults = 100, NextToken }, call) => {
      const all = AccessPointId
        ? [findAccessPoint(world, call, AccessPointId)]
        : Object.values(efsOf(world, call).accessPoints)
      const inside = FileSystemId ? findFileSystem(world, call, FileSystemId).FileSystemId : undefined
      const asked = all.filter((one) => inside === undefined || one.FileSystemId === inside)
      const { items, next } = page(asked, MaxResults, NextToken)
      return { AccessPoints: items.map(described), ...(next !== undefined && { NextToken: next }) }
    },

    DeleteAccessPoint: ({ AccessPointId }, call) => {
      delete efsOf(world, call).accessPoints[findAccessPoint(world, call, AccessPointId).AccessPointId]
      return {}
    },

    ListTagsForResource: ({ ResourceId }, call) => ({ Tags: tagList(tagsOf(world, call, ResourceId)) }),

    TagResource: ({ ResourceId, Tags }, call) => {
      Object.assign(tagsOf(world, call, ResourceId), tagRecord(Tags))
      return {}
    },

    UntagResource: ({ ResourceId, TagKeys = [] }, call) => {
      for (const key of TagKeys) delete tagsOf(world, call, ResourceId)[key]
      return {}
    },
  }) satisfies Handlers<typeof Sdk>

const tagsOf = (world: World, call: Call, id = ''): Record<string, string> =>
  /^fsap-|:access-point\//.test(id) ? findAccessPoint(world, call, id).tags : findFileSystem(world, call, id).tags

const described = ({ tags, ...description }: AccessPoint) => ({
  ...description,
  Tags: tagList(tags),
  ...(tags.Name !== undefined && { Name: tags.Name }),
})
