import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2'
import { validationError } from './find.ts'
import type { StoredTargetGroup } from './state.ts'

type Known =
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
type Optional = 'HealthCheckEnabled' | 'HealthCheckProtocol' | 'HealthCheckPort' | 'HealthCheckPath' | 'Matcher'
export type HealthSettings = Pick<StoredTargetGroup, Known> & Pick<TargetGroup, Optional>
export type Kind = Pick<TargetGroup, 'Protocol' | 'ProtocolVersion' | 'TargetType'>

const isHttp = (protocol: string | undefined) => protocol === 'HTTP' || protocol === 'HTTPS'

/** The settings of a target group's health check, with AWS's defaults for its kind. Throws for what AWS refuses. */
export function healthSettings(kind: Kind, wanted: Partial<Pick<TargetGroup, Known | Optional>>): HealthSettings {
  const lambda = kind.TargetType === 'lambda'
  const protocol = wanted.HealthCheckProtocol ?? (lambda || isHttp(kind.Protocol) ? 'HTTP' : 'TCP')
  const allowed = isHttp(kind.Protocol) ? ['HTTP', 'HTTPS'] : ['HTTP', 'HTTPS', 'TCP']
  if (!allowed.includes(protocol)) {
    throw validationError(`Health check protocol '${protocol}' must be one of '${allowed.join(', ')}'`)
  }
  const usualTimeout = lambda ? 30 : isHttp(kind.Protocol) ? 5 : protocol === 'HTTP' ? 6 : 10
  const interval = within('healthCheckIntervalSeconds', wanted.HealthCheckIntervalSeconds ?? (lambda ? 35 : 30), 5, 300)
  const timeout = within('healthCheckTimeoutSeconds', wanted.HealthCheckTimeoutSeconds ?? usualTimeout, 2, 120)
  if (timeout >= interval) throw validationError('Health check interval must be greater than the timeout.')
  return {
    HealthCheckEnabled: lambda ? (wanted.HealthCheckEnabled ?? false) : true,
    HealthCheckProtocol: protocol,
    ...(!lambda && { HealthCheckPort: checkedPort(wanted.HealthCheckPort ?? 'traffic-port') }),
    HealthCheckIntervalSeconds: interval,
    HealthCheckTimeoutSeconds: timeout,
    HealthyThresholdCount: within('healthyThresholdCount', wanted.HealthyThresholdCount ?? 5, 2, 10),
    UnhealthyThresholdCount: within(
      'unhealthyThresholdCount',
      wanted.UnhealthyThresholdCount ?? (lambda ? 5 : 2),
      2,
      10,
    ),
    ...(isHttp(protocol) && httpSettings(kind, wanted)),
  }
}

function httpSettings(
  { Protocol, ProtocolVersion, TargetType }: Kind,
  { HealthCheckPath, Matcher }: Pick<TargetGroup, 'HealthCheckPath' | 'Matcher'>,
) {
  const grpc = ProtocolVersion === 'GRPC'
  const path = HealthCheckPath ?? (grpc ? '/AWS.ALB/healthcheck' : '/')
  if (!path.startsWith('/')) throw validationError(`Health check path '${path}' must begin with a '/' character`)
  if (grpc) return { HealthCheckPath: path, Matcher: { GrpcCode: Matcher?.GrpcCode ?? '12' } }
  const application = TargetType === 'lambda' || isHttp(Protocol)
  const codes = Matcher?.HttpCode ?? (application ? '200' : '200-399')
  const highest = application ? 499 : 599
  const fits = /^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(codes)
  if (!fits || codes.split(/[,-]/).some((code) => Number(code) < 200 || Number(code) > highest)) {
    throw validationError(`Health check matcher HTTP code '${codes}' must be within '200-${highest}' inclusive`)
  }
  return { HealthCheckPath: path, Matcher: { HttpCode: codes } }
}

function checkedPort(port: string): string {
  if (port !== 'traffic-port' && !(Number(port) >= 1 && Number(port) <= 65_535)) {
    throw validationError(`Health check port '${port}' must be 'traffic-port' or in the range '1-65535'`)
  }
  return port
}

export function within(field: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value
  const [rule, bound] = value < least ? ['greater', least] : ['less', most]
  throw validationError(
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must have value ${rule} than or equal to ${bound}`,
  )
}

/** Whether a status is one of codes such as `200,300-399`. */
export const codeMatches = (codes: string, status: number): boolean =>
  codes.split(',').some((part) => {
    const [least, most = least] = part.split('-').map(Number)
    return least !== undefined && most !== undefined && status >= least && status <= most
  })
