import * as z from 'zod'
import { environmentPermissionsFields } from '../features/boundary.ts'
import { computeFields } from '../features/compute.ts'
import { connectFields } from '../features/connect.ts'
import { rolloutFields } from '../features/deployment.ts'
import { encryptionFields } from '../features/encryption.ts'
import { firewallFields } from '../features/firewall.ts'
import { hostFields } from '../features/host.ts'
import { httpFields } from '../features/http.ts'
import { imageFields } from '../features/image.ts'
import { ingressFields } from '../features/ingress.ts'
import { insightsFields } from '../features/insights.ts'
import { loadBalancerFields } from '../features/load-balancer.ts'
import { loggingFields } from '../features/logging.ts'
import { networkFields, placementFields as vpcPlacementFields } from '../features/network.ts'
import { networkBalancerFields } from '../features/network-balancer.ts'
import { networkModeFields } from '../features/network-mode.ts'
import { permissionsFields } from '../features/permissions.ts'
import { placementFields } from '../features/placement.ts'
import { platformFields } from '../features/platform.ts'
import { repositoryFields } from '../features/repository.ts'
import { rollbackAlarmsFields } from '../features/rollback-alarms.ts'
import { securityFields } from '../features/security.ts'
import { sidecarFields } from '../features/sidecars.ts'
import { spotFields } from '../features/spot.ts'
import { storageFields } from '../features/storage.ts'
import { tracingFields } from '../features/tracing.ts'
import { countFields } from '../scaling/count.ts'
import { overridesFields, taskOverridesFields } from '../stacks/overrides.ts'
import { containerFields, type imageSideFields } from './container-fields.ts'
import { name, pattern, text } from './fields.ts'

const service = z.strictObject({
  ...imageFields,
  ...httpFields,
  ...networkBalancerFields,
  ...computeFields,
  ...platformFields,
  ...hostFields,
  ...countFields,
  deployment: z
    .strictObject({ ...rolloutFields, ...rollbackAlarmsFields })
    .optional()
    .describe('how a new version takes the place of the old one'),
  ...spotFields,
  ...placementFields,
  ...containerFields,
  ...sidecarFields,
  ...permissionsFields,
  ...storageFields,
  ...loggingFields,
  ...tracingFields,
  network: z
    .strictObject({ ...connectFields, ...ingressFields, ...vpcPlacementFields, ...networkModeFields })
    .optional()
    .describe('how the tasks are connected'),
  ...overridesFields,
  ...taskOverridesFields,
})

/** What the manifest says of all environments, and an environment of itself. */
const environmentFields = {
  ...securityFields,
  ...insightsFields,
  ...encryptionFields,
  ...firewallFields,
  ...networkFields,
  ...environmentPermissionsFields,
  ...loadBalancerFields,
  ...overridesFields,
}

const environment = z.strictObject({
  region: pattern('a region such as us-east-1', /^[a-z]{2,4}(-[a-z]+)+-\d+$/).optional(),
  profile: text.optional().describe('AWS profile to use'),
  role: pattern('the ARN of a role: arn:aws:iam::…:role/…', /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/)
    .optional()
    .describe('ARN of a role that is taken to deploy, in this account or another'),
  certificate: pattern(
    'the ARN of a certificate: arn:aws:acm:…',
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  )
    .optional()
    .describe('ARN of an ACM certificate: HTTPS, and HTTP redirects to it'),
  ...environmentFields,
  services: z.record(name, service).optional().describe('what differs from the services above'),
})

/** `img2vid.yaml`. The JSON Schema that ships with the package is made from this. */
export const manifestSchema = z
  .strictObject({
    app: name.describe('name of the application, first part of every stack’s name'),
    services: z
      .record(name, service)
      .refine((services) => Object.keys(services).length > 0, 'needs one service at least')
      .describe('the containers, by name'),
    environments: z
      .record(name, environment.nullable())
      .optional()
      .describe('dev, prod and the like; dev alone if left out'),
    ...environmentFields,
    ...repositoryFields,
  })
  .describe('An application that img2vid deploys to Amazon ECS')

export type Manifest = z.infer<typeof manifestSchema>
export type ManifestService = z.infer<typeof service>
export type ManifestEnvironment = z.infer<typeof environment>
export type EnvironmentSettings = z.infer<z.ZodObject<typeof environmentFields & typeof repositoryFields>>

/** What is said of a container. Of the service's own, Copilot has the port and the health check below `image`. */
export type ContainerSettings = z.infer<z.ZodObject<typeof containerFields & typeof imageSideFields>> & {
  readonly port?: number | undefined
}
