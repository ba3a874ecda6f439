import * as z from 'zod'
import type { Check, ContainerCheck, ServiceFinding } from '../manifest/checks/places.ts'
import { wants } from '../manifest/fields.ts'
import type { Platform } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { isArm } from '../plain-instances.ts'
import { withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

const FAMILIES = [
  'linux',
  'windows_server_2019_core',
  'windows_server_2019_full',
  'windows_server_2022_core',
  'windows_server_2022_full',
] as const

export const platformFields = {
  platform: wants(
    'linux/amd64, linux/arm64, or osfamily and architecture',
    z.union([
      z.enum(['linux/amd64', 'linux/x86_64', 'linux/arm64', 'windows/amd64', 'windows/x86_64']),
      z.strictObject({
        osfamily: z.enum(FAMILIES).optional().describe('linux, or a Windows such as windows_server_2022_core'),
        architecture: z.enum(['x86_64', 'amd64', 'arm64']).optional(),
      }),
    ]),
  )
    .optional()
    .describe('platform of the image and its task'),
}

type Settings = Pick<ManifestService, 'platform' | 'instances' | 'compute'>

/** The platform that is named, else that of the instances that are. */
export function resolvePlatform({ platform, instances = [], compute }: Settings): Platform {
  if (platform === undefined) {
    const arm = compute !== undefined && compute !== 'fargate' && instances.length > 0 && instances.every(isArm)
    return arm ? 'linux/arm64' : 'linux/amd64'
  }
  const [family, architecture] =
    typeof platform === 'string'
      ? platform.split('/')
      : [platform.osfamily ?? 'linux', platform.architecture ?? 'x86_64']
  if (family?.startsWith('windows')) return 'windows/amd64'
  return architecture === 'arm64' ? 'linux/arm64' : 'linux/amd64'
}

/** `windows` alone is the Server Core of 2019, as Copilot has it. */
const osFamily = ({ platform }: Settings): string => {
  const family = typeof platform === 'object' ? (platform.osfamily ?? 'linux') : (platform ?? 'linux').split('/')[0]
  return (family === 'windows' ? 'windows_server_2019_core' : (family ?? 'linux')).toUpperCase()
}

const LEAST_WINDOWS_CPU = 1024
const MOST_WINDOWS_CPU = 4096

const windows: Check = (service, { platform, compute, image }) => {
  if (platform !== 'windows/amd64') return []
  const at = ['platform']
  const { platform: told } = service
  const cpu = compute.cpu ?? 0
  return [
    ...(typeof told === 'object' && told.architecture === 'arm64'
      ? [{ at: [...at, 'architecture'], message: 'Windows tasks run on x86_64 alone' }]
      : []),
    ...(compute.kind === 'fargate'
      ? []
      : [{ at, because: ['compute'], message: 'Windows tasks run on Fargate here; leave compute out' }]),
    ...(image.kind === 'build'
      ? [
          {
            at,
            because: ['image'],
            message: 'an image for Windows is not built here; name one that exists as image.location',
          },
        ]
      : []),
    ...(compute.kind === 'fargate' && (cpu < LEAST_WINDOWS_CPU || cpu > MOST_WINDOWS_CPU)
      ? [
          {
            at: ['cpu'],
            because: at,
            message: `a Windows task has ${LEAST_WINDOWS_CPU}, 2048 or ${MOST_WINDOWS_CPU} CPU units`,
          },
        ]
      : []),
  ]
}

const ofLinux = (settings: object, message: string): ServiceFinding[] =>
  Object.entries(settings).flatMap(([key, value]) =>
    value === undefined || value === false ? [] : [{ at: [key], because: ['platform'], message }],
  )

/** What ECS has for containers of Linux alone. */
const linuxOnly: ContainerCheck = ({ init, capabilities, ulimits }, { platform }) =>
  platform === 'windows/amd64'
    ? ofLinux({ init, capabilities, ulimits }, 'is for Linux; ECS has no such thing for Windows containers')
    : []

const linuxStorage: Check = ({ storage = {} }, { platform }) =>
  platform === 'windows/amd64'
    ? [
        ...ofLinux({ readonly_fs: storage.readonly_fs }, 'is for Linux; ECS has no such thing for Windows containers'),
        ...Object.entries(storage.volumes ?? {}).flatMap(([name, { efs }]) =>
          ofLinux({ efs }, 'is for Linux; Windows tasks on Fargate mount no file system').map((finding) => ({
            ...finding,
            at: ['volumes', name, ...finding.at],
          })),
        ),
      ].map((finding) => ({ ...finding, at: ['storage', ...finding.at] }))
    : []

export const platform: Feature = {
  checks: [windows, linuxStorage],
  containerChecks: [linuxOnly],
  service: (template, { service }) =>
    service.platform === 'linux/amd64'
      ? template
      : withProperties(template, 'TaskDefinition', (properties) => ({
          ...properties,
          RuntimePlatform: {
            OperatingSystemFamily: osFamily(service.settings),
            CpuArchitecture: service.platform === 'linux/arm64' ? 'ARM64' : 'X86_64',
          },
        })),
}
