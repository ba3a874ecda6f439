import * as z from 'zod'
import type { Checked, Combination } from '../manifest/checks/places.ts'
import type { EnvironmentSettings, ManifestService } from '../manifest/schema.ts'
import type { Feature } from './feature.ts'

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

/** Endpoints that Security Hub looks for (EC2.10, EC2.55 to EC2.57), and those by which tasks start. */
const ENDPOINTS = ['ec2', 'ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'ssm', 'ssmmessages']

/** What a profile says where the environment says nothing. */
export function profileSettings(own: EnvironmentSettings): EnvironmentSettings {
  if (!isStrict(own)) return {}
  const made = { nat: 'single' as const, endpoints: ENDPOINTS, flow_logs: { retention: DAYS } }
  return {
    encryption: 'own',
    firewall: true,
    observability: { container_insights: true },
    network: { vpc: { placement: 'private', ...(own.network?.vpc.id === undefined && made) } },
    http: { public: { access_logs: true, attributes: { 'deletion_protection.enabled': 'true' } } },
  }
}

/** What a profile says where a service says nothing. */
export function profileService(
  settings: EnvironmentSettings,
  { sidecars = {}, logging: { driver = 'awslogs' } = {} }: ManifestService,
): ManifestService {
  if (!isStrict(settings)) return {}
  const container = { user: NOBODY, storage: { readonly_fs: true } }
  return {
    ...container,
    ...(driver === 'awslogs' && { logging: { retention: DAYS } }),
    ...(Object.keys(sidecars).length > 0 && {
      sidecars: Object.fromEntries(Object.entries(sidecars).map(([name, own]) => [name, { ...container, ...own }])),
    }),
  }
}

/** Whether AWS refuses to delete the environment's load balancer, and with it the environment. */
export const isProtected = ({ http }: EnvironmentSettings): boolean =>
  [http?.public, http?.private].some((one) => one?.attributes?.['deletion_protection.enabled'] === 'true')

export const profileNotes = (settings: EnvironmentSettings): readonly string[] =>
  isStrict(settings)
    ? [
        `security: strict: containers run as ${NOBODY} with a read-only root; a service whose image needs more says user: or storage.readonly_fs: false`,
      ]
    : []

/** ELB.1 */
function needsCertificate({ environment, settings, services, manifest }: Checked): Combination[] {
  const certificates = [
    manifest.environments?.[environment]?.certificate,
    ...(settings.http?.public?.certificates ?? []),
  ].filter((one) => one !== undefined)
  const isServed = services.some(({ http }) => http && !http.internal)
  const isElsewhere = settings.http?.public?.load_balancer?.https_listener !== undefined
  if (!isStrict(settings) || !isServed || isElsewhere || certificates.length > 0) return []
  return [
    {
      path: ['security'],
      message:
        'needs a certificate: of the environment, or http: false for every service; HTTP alone can be read on its way',
    },
  ]
}

export const security: Feature = { environmentChecks: [needsCertificate] }
