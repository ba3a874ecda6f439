import { between, type Check, type Checked, type Combination } from '../manifest/checks/places.ts'
import { containersOf, unknownTarget } from '../manifest/containers.ts'
import { type HttpRule, rulesOf } from '../manifest/model.ts'
import { soundRecords } from './alias.ts'
import { valuesOf } from './http-rules.ts'
import { hasHttps } from './load-balancer.ts'
import { sessions } from './login.ts'

const needsPort: Check = ({ image, http: wanted }) =>
  wanted !== undefined && wanted !== false && image?.port === undefined
    ? [
        {
          at: ['http'],
          because: ['image', 'port'],
          message: 'needs image.port: the port that the container listens on',
        },
      ]
    : []

/** The limits of target groups and rules. */
const limits: Check = (_service, { http: resolved }) =>
  rulesOf(resolved).flatMap((one) => {
    const { interval, timeout, gracePeriod } = one.healthCheck
    const at = one.place
    const check = [...at, 'healthcheck']
    const bounds = [
      ...between([...check, 'interval'], interval, 5, 300),
      ...between([...check, 'timeout'], timeout, 2, 120),
      ...between([...check, 'grace_period'], gracePeriod, 0, 2_147_483_647),
      ...between([...at, 'deregistration_delay'], one.deregistrationDelay, 0, 3600),
    ]
    const [least, most] = one.version === 'GRPC' ? [0, 99] : [200, 499]
    const codes = one.healthCheck.successCodes.split(/[,-]/).map(Number)
    const late = { at: [...check, 'timeout'], because: [...check, 'interval'] }
    const values = valuesOf(one)
    return [
      ...bounds,
      ...(bounds.length === 0 && timeout >= interval
        ? [{ ...late, message: `must be less than the interval, ${interval}s` }]
        : []),
      ...(codes.some((code) => code < least || code > most)
        ? [
            {
              at: [...check, 'success_codes'],
              because: [...at, 'version'],
              message: `must be from ${least} to ${most}${one.version === 'GRPC' ? ': the status of a call of gRPC' : ''}`,
            },
          ]
        : []),
      ...(values > 5
        ? [
            {
              at: [...at, one.hosts.length > one.sources.length ? 'alias' : 'allowed_source_ips'],
              because: [...at, 'path'],
              message: `path, alias and allowed_source_ips make ${values} conditions; a rule has five at most, so put the rest under additional_rules`,
            },
          ]
        : []),
    ]
  })

/** A load balancer asks nobody to log in who comes without HTTPS. */
const plainLogin: Check = ({ http: wanted }, { http: resolved }) =>
  wanted && wanted.auth !== undefined
    ? rulesOf(resolved)
        .filter(({ redirects }) => !redirects)
        .map((one) => ({
          at: [...one.place, 'redirect_to_https'],
          because: ['http', 'auth'],
          message: 'would be a way past the login, which is asked for by HTTPS alone; leave it out',
        }))
    : []

/** A rule leads to a container of the task that has a port. */
const targets: Check = (service, { name, http: resolved }) =>
  rulesOf(resolved).flatMap(({ targetContainer: wanted = name, targetPort, ...one }) => {
    const at = [...one.place, 'target_container']
    const found = containersOf(name, service).find((container) => container.name === wanted)
    if (!found) return unknownTarget(wanted, name, service).map((message) => ({ at, message }))
    const message = `${wanted} has no port: give it one, or the rule a target_port`
    return found.settings.port === undefined && targetPort === undefined
      ? [{ at, because: found.place(['port']), message }]
      : []
  })

/** What is only for HTTPS. */
function secure({ services, environment, manifest, settings: around, merged }: Checked): Combination[] {
  const { certificate } = manifest.environments?.[environment] ?? {}
  return services.flatMap(({ name, http: resolved }) => {
    if (!resolved || hasHttps({ certificate, settings: around }, resolved.internal)) return []
    const where = resolved.internal ? 'http.private.certificates' : 'certificate'
    const own = merged[name]?.http || {}
    const because = [['environments', environment, 'certificate']]
    return [
      ...rulesOf(resolved).flatMap((one) =>
        one.version === 'HTTP1'
          ? []
          : [
              {
                path: ['services', name, ...one.place, 'version'],
                because,
                message: `${one.version === 'GRPC' ? 'gRPC' : 'HTTP/2'} is for HTTPS: give the environment a ${where}`,
              },
            ],
      ),
      ...(own.auth
        ? [
            {
              path: ['services', name, 'http', 'auth'],
              because,
              message: `a load balancer asks for a login by HTTPS alone: give the environment a ${where}`,
            },
          ]
        : []),
    ]
  })
}

/** One load balancer serves all: each service needs a way of its own, and a place of its own among the rules. */
function samePaths(checked: Checked): Combination[] {
  const served = checked.services.flatMap(({ name, http: resolved }) =>
    rulesOf(resolved).map((one) => ({ name, internal: resolved?.internal ?? false, one, stem: stemOf(one) })),
  )
  return served.flatMap(({ name, one, internal, stem }, index): Combination[] => {
    const before = served.slice(0, index).filter((other) => other.internal === internal)
    const same = before.find((other) => other.stem === stem && shareHost(other.one, one) && sameSources(other.one, one))
    const itself = one.priority === one.testPriority ? { name } : undefined
    const taken = prioritiesOf(one)
    const crossed = itself ?? before.find((other) => prioritiesOf(other.one).some((number) => taken.includes(number)))
    const at = checked.merged[name]?.http ? [...one.place, 'path'] : ['image', 'port']
    if (same)
      return [
        {
          path: ['services', name, ...at],
          because: [['services', same.name, ...same.one.place, 'path']],
          message: `${same.name} has the path ${one.path} already; give ${name} another under http.path, or http: false`,
        },
      ]
    return crossed
      ? [
          {
            path: ['services', name],
            atKey: true,
            message: `cannot be told from ${crossed.name} by the load balancer; rename it`,
          },
        ]
      : []
  })
}

const prioritiesOf = ({ priority, testPriority }: HttpRule): number[] =>
  testPriority === undefined ? [priority] : [priority, testPriority]
const stemOf = ({ path: wanted }: HttpRule): string => wanted.replace(/\/+$/, '')
const shareHost = (a: HttpRule, b: HttpRule): boolean =>
  (a.hosts.length === 0 && b.hosts.length === 0) || a.hosts.some((one) => b.hosts.includes(one))
const sameSources = (a: HttpRule, b: HttpRule): boolean => String([...a.sources]) === String([...b.sources])

/** Zones of the hosts of each rule. */
const zones: Check = ({ http: wanted }) => {
  const { additional_rules: further = [], ...first } = wanted || {}
  return [first, ...further].flatMap((one, index) =>
    soundRecords(one).map(({ at, ...finding }) => ({
      ...finding,
      at: ['http', ...(index === 0 ? [] : ['additional_rules', index - 1]), ...at],
    })),
  )
}

export const httpChecks = [needsPort, limits, targets, sessions, plainLogin, zones]
export const httpEnvironmentChecks = [samePaths, secure]
