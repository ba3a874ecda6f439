import * as z from 'zod'
import type { Checked, Combination } from '../manifest/checks/places.ts'
import type { Environment } from '../manifest/model.ts'
import type { EnvironmentSettings, ManifestService } from '../manifest/schema.ts'
import type { Json } from '../template.ts'
import { existingOf } from './existing-balancer.ts'
import type { Feature } from './feature.ts'
import { hasHttps } from './load-balancer.ts'
import { resolvePlatform } from './platform.ts'

export const securityFields = {
  security: z
    .enum(['default', 'strict'])
    .optional()
    .describe('strict turns on what costs money or freedom; each of it can be said otherwise'),
}

const isStrict = ({ security: profile }: Pick<EnvironmentSettings, 'security'>): boolean => profile === 'strict'

const DAYS = 365
/** Of the distroless images, and of nobody on a host. */
const NOBODY = '65532:65532'

const PROTECTION = 'deletion_protection.enabled'
const PROTECTED = { [PROTECTION]: 'true' }

/** Endpoints that Security Hub looks for (EC2.10, EC2.55 to EC2.57), and those by which tasks start. */
const ENDPOINTS = ['ec2', 'ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'ssm', 'ssmmessages']

/** What a profile says where the environment says nothing. */
export function profileSettings(own: EnvironmentSettings): EnvironmentSettings {
  if (!isStrict(own)) return {}
  const balancer = { access_logs: true, attributes: PROTECTED }
  const made = { nat: 'single' as const, endpoints: ENDPOINTS, flow_logs: { retention: DAYS } }
  return {
    encryption: 'own',
    firewall: true,
    observability: { container_insights: true },
    network: { vpc: { placement: 'private', ...(own.network?.vpc.id === undefined && made) } },
    // A load balancer that exists has settings of its own.
    http: { ...(!existingOf(own) && { public: balancer }), private: balancer },
  }
}

/** Windows has another nobody, and no root file system that could be sealed. */
const sealedContainer = (own: ManifestService) =>
  resolvePlatform(own) === 'windows/amd64'
    ? { user: 'ContainerUser' }
    : { user: NOBODY, storage: { readonly_fs: true } }

/** What a profile says where a service says nothing. */
export function profileService(settings: EnvironmentSettings, own: ManifestService): ManifestService {
  if (!isStrict(settings)) return {}
  const { sidecars = {}, nlb, logging: { driver = 'awslogs' } = {} } = own
  const container = sealedContainer(own)
  return {
    ...container,
    ...(driver === 'awslogs' && { logging: { retention: DAYS } }),
    ...(nlb && { nlb: { ...nlb, attributes: { ...PROTECTED, ...nlb.attributes } } }),
    ...(Object.keys(sidecars).length > 0 && {
      sidecars: Object.fromEntries(Object.entries(sidecars).map(([name, said]) => [name, { ...container, ...said }])),
    }),
  }
}

/** A load balancer that AWS refuses to delete, by where its attributes stand, and the service whose it is. */
export interface Protected {
  readonly place: string
  readonly service?: string
}

export function protectedBalancers({ settings, services }: Pick<Environment, 'settings' | 'services'>): Protected[] {
  const { public: open, private: inner } = settings.http ?? {}
  const all = [
    { place: 'http.public', attributes: open?.attributes },
    ...(services.some(({ http }) => http?.internal) ? [{ place: 'http.private', attributes: inner?.attributes }] : []),
    ...services.map(({ name, settings: { nlb } }) => ({
      place: `services.${name}.nlb`,
      service: name,
      attributes: nlb?.attributes,
    })),
  ]
  return all.flatMap(({ attributes, ...one }) => (attributes?.[PROTECTION] === 'true' ? [one] : []))
}

const ROOT = /^(root|0)(:|$)/

/** Containers that are added beside a service's own are sealed as it is. */
export const sealing = ({ user, storage }: ManifestService): Json => ({
  ...(user !== undefined && !ROOT.test(String(user)) && { User: NOBODY }),
  ...(storage?.readonly_fs && { ReadonlyRootFilesystem: true }),
})

export const profileNotes = (settings: EnvironmentSettings): readonly string[] =>
  isStrict(settings)
    ? [
        `security: strict: where user: and storage.readonly_fs: say nothing else, containers run as ${NOBODY} with a read-only root`,
      ]
    : []

/** ELB.1 */
function needsCertificate({ environment, settings, services, manifest }: Checked): Combination[] {
  const around = { certificate: manifest.environments?.[environment]?.certificate, settings }
  const isPlain = (internal: boolean) =>
    services.some(({ http }) => http?.internal === internal) && !hasHttps(around, internal)
  const needed = [
    ...(isPlain(false) ? ['a certificate: of the environment, or http: false for every service'] : []),
    ...(isPlain(true) ? ['http.private.certificates for internal services'] : []),
  ]
  return isStrict(settings)
    ? needed.map((what) => ({
        path: ['security'],
        message: `needs ${what}; HTTP alone can be read on its way`,
      }))
    : []
}

export const security: Feature = { environmentChecks: [needsCertificate] }
