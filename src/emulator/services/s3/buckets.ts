import type * as Sdk from '@aws-sdk/client-s3'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { findBucket, regionOf } from './state.ts'

const NAME = /^(?!xn--|sthree-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

export const buckets = (world: World) =>
  ({
    CreateBucket: ({ Bucket = '', CreateBucketConfiguration }, { region }) => {
      if (!NAME.test(Bucket)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.')
      const place = CreateBucketConfiguration?.LocationConstraint ?? 'us-east-1'
      if (place !== region) {
        throw new AwsError(
          'IllegalLocationConstraintException',
          `The ${CreateBucketConfiguration ? place : 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
        )
      }
      if (regionOf(world, Bucket) !== undefined) {
        throw new AwsError(
          'BucketAlreadyOwnedByYou',
          'Your previous request to create the named bucket succeeded and you already own it.',
          409,
        )
      }
      const created = world.clock.now()
      const empty = <Value>(): Record<string, Value> => Object.create(null)
      world.region(region).s3.buckets[Bucket] = {
        name: Bucket,
        created,
        objects: empty(),
        uploads: empty(),
        settings: {},
      }
      return { Location: `/${Bucket}` }
    },

    HeadBucket: ({ Bucket }, call) => {
      try {
        findBucket(world, call, Bucket)
      } catch (error) {
        if ((error as AwsError).code !== 'NoSuchBucket') throw error
        throw new AwsError('NotFound', 'Not Found', 404)
      }
      return { BucketRegion: call.region }
    },

    ListBuckets: () => ({
      Owner: { ID: world.account.padEnd(64, '0') },
      Buckets: Object.values(world.state.regions).flatMap(({ name, s3 }) =>
        Object.values(s3.buckets).map((one) => ({ Name: one.name, CreationDate: one.created, BucketRegion: name })),
      ),
    }),

    DeleteBucket: ({ Bucket = '' }, call) => {
      const { objects } = findBucket(world, call, Bucket)
      if (Object.keys(objects).length > 0) {
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409)
      }
      delete world.region(call.region).s3.buckets[Bucket]
      return {}
    },
  }) satisfies Handlers<typeof Sdk>
