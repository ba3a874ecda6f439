import * as z from 'zod'
import type { ContainerCheck } from '../manifest/checks/places.ts'
import { between } from '../manifest/checks/places.ts'
import { given, seconds } from '../manifest/durations.ts'
import { duration, flag, pattern, text, wants } from '../manifest/fields.ts'
import type { Feature } from './feature.ts'

/** Those that ECS knows. */
const CAPABILITIES =
  `ALL AUDIT_CONTROL AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK
  IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP
  SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME
  SYS_TTY_CONFIG SYSLOG WAKE_ALARM`.split(/\s+/)
const capability = pattern(
  'a capability of Linux that ECS knows, such as SYS_PTRACE',
  new RegExp(`^(${CAPABILITIES.join('|')})$`),
)

export const processFields = {
  user: wants(
    'a user, or a user and a group: app, 1000 or 1000:1000',
    z.union([z.int().nonnegative(), z.string().regex(/^[\w.-]+(:[\w.-]+)?$/)]),
  )
    .optional()
    .describe('user, and group, that the container’s process is of'),
  working_directory: pattern('a path that begins with /, or with a drive on Windows', /^(\/|[A-Za-z]:[\\/]).*$/)
    .optional()
    .describe('folder in which the command begins'),
  init: flag.optional().describe('a first process that passes signals on and reaps what others leave'),
  capabilities: z
    .strictObject({ add: z.array(capability).min(1).optional(), drop: z.array(capability).min(1).optional() })
    .optional()
    .describe('capabilities of Linux that the container gets or loses'),
  start_timeout: duration.optional().describe('how long containers that depend on it wait for it'),
  stop_timeout: duration.optional().describe('time between SIGTERM and SIGKILL, 30s if left out'),
}

export const labelFields = {
  labels: z.record(text, z.string()).optional().describe('labels of the Docker container'),
}

/** Fargate allows two minutes; an instance more, but it may not be there any longer. */
const LONGEST = { fargate: 120, other: 3600 }

const timeouts: ContainerCheck = ({ start_timeout, stop_timeout }, { compute }) => {
  const most = compute.kind === 'fargate' ? LONGEST.fargate : LONGEST.other
  return [
    ...(start_timeout === undefined ? [] : between(['start_timeout'], seconds(start_timeout), 2, most)),
    ...(stop_timeout === undefined ? [] : between(['stop_timeout'], seconds(stop_timeout), 0, most)),
  ]
}

const fargateCapabilities: ContainerCheck = ({ capabilities = {} }, { compute }) =>
  compute.kind === 'fargate'
    ? (capabilities.add ?? []).flatMap((one, index) =>
        one === 'SYS_PTRACE'
          ? []
          : [
              {
                at: ['capabilities', 'add', index],
                because: ['compute'],
                message: 'Fargate gives a container no capability but SYS_PTRACE; instances do (compute: ec2)',
              },
            ],
      )
    : []

export const process: Feature = {
  containerChecks: [timeouts, fargateCapabilities],
  container: ({ user, working_directory, init, capabilities, start_timeout, stop_timeout, labels }) => ({
    ...(user !== undefined && { User: String(user) }),
    ...(working_directory !== undefined && { WorkingDirectory: working_directory }),
    ...(start_timeout !== undefined && { StartTimeout: given(start_timeout, 0) }),
    ...(stop_timeout !== undefined && { StopTimeout: given(stop_timeout, 0) }),
    ...(labels && { DockerLabels: labels }),
    ...((init !== undefined || capabilities) && {
      LinuxParameters: {
        ...(init !== undefined && { InitProcessEnabled: init }),
        ...(capabilities && {
          Capabilities: {
            ...(capabilities.add && { Add: capabilities.add }),
            ...(capabilities.drop && { Drop: capabilities.drop }),
          },
        }),
      },
    }),
  }),
}
