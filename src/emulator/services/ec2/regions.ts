import type * as Sdk from '@aws-sdk/client-ec2'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { invalid } from './find.ts'
import { zoneId, zonesOf } from './zones.ts'

/** Enabled in every account. */
const REGIONS = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
]
/** Only for accounts that opted in, which the embedded one has not. */
const OPT_IN_REGIONS = [
  'af-south-1',
  'ap-east-1',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
]

const regionPaths: FilterPaths<Sdk.Region> = {
  'region-name': 'RegionName',
  endpoint: 'Endpoint',
  'opt-in-status': 'OptInStatus',
}

const zonePaths: FilterPaths<Sdk.AvailabilityZone> = {
  'region-name': 'RegionName',
  state: 'State',
  'zone-id': 'ZoneId',
  'zone-name': 'ZoneName',
  'zone-type': 'ZoneType',
  'group-name': 'GroupName',
  'opt-in-status': 'OptInStatus',
}

export const regions = (world: World) =>
  ({
    DescribeRegions: ({ RegionNames, AllRegions, Filters }, _call: Call) => {
      const region = (RegionName: string, OptInStatus: string) => ({
        RegionName,
        Endpoint: `ec2.${RegionName}.amazonaws.com`,
        OptInStatus,
      })
      const known = [
        ...REGIONS.map((name) => region(name, 'opt-in-not-required')),
        ...OPT_IN_REGIONS.map((name) => region(name, 'not-opted-in')),
      ]
      for (const name of RegionNames ?? []) {
        if (!known.some(({ RegionName }) => RegionName === name)) throw invalid(`Invalid region name: '${name}'`)
      }
      const wanted = known.filter(({ RegionName, OptInStatus }) =>
        RegionNames ? RegionNames.includes(RegionName) : AllRegions || OptInStatus !== 'not-opted-in',
      )
      return { Regions: describe(wanted, { Filters }, regionPaths).items }
    },

    DescribeAvailabilityZones: ({ ZoneNames, ZoneIds, Filters }, { region }) => {
      const zones = zonesOf(region).map((zone) => ({
        ZoneName: zone,
        ZoneId: zoneId(zone),
        ZoneType: 'availability-zone',
        RegionName: region,
        GroupName: `${region}-zg-1`,
        NetworkBorderGroup: region,
        OptInStatus: 'opt-in-not-required' as const,
        State: 'available' as const,
        Messages: [],
      }))
      for (const name of ZoneNames ?? []) {
        if (!zones.some(({ ZoneName }) => ZoneName === name)) throw invalid(`Invalid availability zone: [${name}]`)
      }
      const wanted = zones.filter(
        ({ ZoneName, ZoneId }) => (ZoneNames?.includes(ZoneName) ?? true) && (ZoneIds?.includes(ZoneId) ?? true),
      )
      return { AvailabilityZones: describe(wanted, { Filters }, zonePaths).items }
    },

    DescribeAccountAttributes: ({ AttributeNames }, { region }) => {
      const defaultVpc = Object.values(world.region(region).ec2.vpcs).find(({ IsDefault }) => IsDefault)
      const attributes = {
        'supported-platforms': 'VPC',
        'default-vpc': defaultVpc?.VpcId ?? 'none',
        'max-instances': '20',
        'vpc-max-security-groups-per-interface': '5',
        'max-elastic-ips': '5',
        'vpc-max-elastic-ips': '5',
      }
      return {
        AccountAttributes: Object.entries(attributes)
          .filter(([name]) => AttributeNames?.some((wanted) => wanted === name) ?? true)
          .map(([AttributeName, AttributeValue]) => ({ AttributeName, AttributeValues: [{ AttributeValue }] })),
      }
    },
  }) satisfies Handlers<typeof Sdk>
