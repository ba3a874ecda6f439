import { z } from 'zod'

/** A number of seconds, or text such as `90s`, `5m`, `1h`. */
const duration = z
  .union([z.int().nonnegative(), z.string().regex(/^\d+(s|m|h)$/)])
  .describe('a time such as 30s, 5m or 1h; a number is seconds')

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/)
  .describe('a name of lower-case letters, digits and hyphens that begins with a letter, at most 40 long')

const text = z.string().min(1)
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
  .describe('a name of letters, digits and underscores')
const size = z.int().positive()
const httpPath = z
  .string()
  .regex(/^\/\S*$/)
  .describe('a path that begins with /')
const codes = z
  .string()
  .regex(/^\d{3}([-,]\d{3})*$/)
  .describe('status codes such as 200, 200-299 or 200,301')

const build = z.strictObject({
  context: text.optional().describe('folder that is sent to Docker; the Dockerfile’s own folder if left out'),
  dockerfile: text.optional().describe('path of the Dockerfile'),
  target: text.optional().describe('stage of a multi-stage build'),
  args: z
    .record(variableName, z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('build arguments'),
})

const image = z.strictObject({
  build: z.union([text, build]).optional().describe('folder or Dockerfile to build, or its details'),
  location: text.optional().describe('an image that exists, instead of a build'),
  repository: text.optional().describe('name of the image repository, app/service if left out'),
  port: z.int().min(1).max(65535).optional().describe('port that the container listens on'),
  healthcheck: z
    .strictObject({
      command: z.union([text, z.array(text).min(1)]).describe('command that ends with 0 when the container is healthy'),
      interval: duration.optional(),
      timeout: duration.optional(),
      retries: z.int().min(1).max(10).optional(),
      start_period: duration.optional(),
    })
    .optional()
    .describe('a check that ECS runs inside the container'),
})

const httpHealthcheck = z.strictObject({
  path: httpPath.optional(),
  success_codes: codes.optional(),
  healthy_threshold: z.int().min(2).max(10).optional(),
  unhealthy_threshold: z.int().min(2).max(10).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  grace_period: duration.optional().describe('how long a new container may fail the check'),
})

const http = z.strictObject({
  path: httpPath.optional().describe('requests below this path go to the service'),
  healthcheck: z
    .union([httpPath, httpHealthcheck])
    .optional()
    .describe('path that answers 200 when all is well, or details'),
  stickiness: z.boolean().optional().describe('keep a visitor on one task; Streamlit with several tasks needs it'),
  deregistration_delay: duration.optional().describe('how long a leaving task may finish its requests'),
})

/** An SSM parameter or an ARN as text, a secret of Secrets Manager as Copilot writes it. */
const secret = z
  .union([text, z.strictObject({ secretsmanager: text })])
  .describe('name or ARN of an SSM parameter, or secretsmanager: name')

const bucket = text.describe('a bucket, with an optional prefix: bucket/prefix')
const permissions = z.strictObject({
  buckets: z
    .strictObject({ read: z.array(bucket).optional(), write: z.array(bucket).optional() })
    .optional()
    .describe('S3 buckets that the containers may read or write'),
})

const service = z.strictObject({
  image: image.optional().describe('what to run'),
  http: z
    .union([z.literal(false), http])
    .optional()
    .describe('how the load balancer reaches the service; false for none'),
  compute: z.enum(['fargate', 'gpu']).optional().describe('fargate (default), or gpu for instances with NVIDIA GPUs'),
  platform: z.enum(['linux/amd64', 'linux/arm64']).optional().describe('platform of the image and its task'),
  cpu: size.optional().describe('CPU units, 1024 are one vCPU'),
  memory: size.optional().describe('memory in MiB'),
  gpus: size.optional().describe('GPUs of each task'),
  instances: z.array(text).min(1).optional().describe('instance types in order of preference'),
  count: z.int().nonnegative().optional().describe('how many tasks run'),
  command: z
    .union([text, z.array(text)])
    .optional()
    .describe('overrides the image’s command'),
  entrypoint: z
    .union([text, z.array(text)])
    .optional()
    .describe('overrides the image’s entry point'),
  variables: z
    .record(variableName, z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('environment variables'),
  secrets: z.record(variableName, secret).optional().describe('environment variables whose values are secrets'),
  permissions: permissions.optional().describe('what the containers may do in AWS'),
  logging: z.strictObject({ retention: z.int().positive().optional() }).optional().describe('days that logs are kept'),
})

const subnet = z.union([text, z.strictObject({ id: text })])
const network = z.strictObject({
  vpc: z.strictObject({
    id: text.optional().describe('a VPC that exists; left out, img2vid makes one'),
    cidr: text.optional().describe('addresses of the VPC that img2vid makes, 10.0.0.0/16 if left out'),
    subnets: z
      .strictObject({ public: z.array(subnet).min(2).optional() })
      .optional()
      .describe('two or more subnets of that VPC, in different zones'),
    security_groups: z.array(text).min(1).optional().describe('further security groups for the tasks'),
  }),
})

const environment = z.strictObject({
  region: text.optional(),
  profile: text.optional().describe('AWS profile to use'),
  certificate: text.optional().describe('ARN of an ACM certificate: HTTPS, and HTTP redirects to it'),
  network: network.optional(),
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
    network: network.optional().describe('network of every environment that has none of its own'),
  })
  .describe('An application that img2vid deploys to Amazon ECS')

export type Manifest = z.infer<typeof manifestSchema>
export type ManifestService = z.infer<typeof service>
export type ManifestEnvironment = z.infer<typeof environment>
export type ManifestNetwork = z.infer<typeof network>
