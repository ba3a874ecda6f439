import * as z from 'zod'

/** What a place wants, as a noun phrase: `expected …` is what people read who wrote something else there. */
export const expectations = z.registry<{ what: string }>()
function wants<Schema extends z.ZodType>(what: string, schema: Schema): Schema {
  expectations.add(schema as z.ZodType, { what })
  return schema
}
const pattern = (what: string, regex: RegExp) => wants(what, z.string().regex(regex))

/** A number of seconds, or text such as `90s`, `5m`, `1h`. */
const duration = wants(
  'a time such as 30s, 5m or 1h; a number is seconds',
  z.union([z.int().nonnegative(), z.string().regex(/^\d{1,6}(s|m|h)$/)]),
)

const name = pattern(
  'a name of lower-case letters, digits and single hyphens that begins with a letter, at most 40 long',
  /^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
)

const text = z.string().min(1)
const flag = z.boolean()
const variableName = pattern(
  'a name of letters, digits and underscores that does not begin with a digit',
  /^[A-Za-z_][A-Za-z0-9_]*$/,
)
const value = wants('text, a number, or true or false', z.union([z.string(), z.number(), z.boolean()]))
const path = pattern('a path that begins with /, of at most 1024 characters', /^\/\S{0,1023}$/)
const codes = wants(
  'status codes from 200 to 499, such as 200, 200-299 or 200,301',
  z.union([z.int().min(200).max(499), z.string().regex(/^[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*$/)]),
)
const command = wants('a line of text, or a list of its words', z.union([text, z.array(z.string()).min(1)]))

const build = z.strictObject({
  context: text.optional().describe('folder that is sent to Docker; the Dockerfile’s own folder if left out'),
  dockerfile: text.optional().describe('path of the Dockerfile'),
  target: text.optional().describe('stage of a multi-stage build'),
  args: z.record(variableName, value).optional().describe('build arguments'),
})

const image = z.strictObject({
  build: wants('a folder, the path of a Dockerfile, or details of the build', z.union([text, build]))
    .optional()
    .describe('folder or Dockerfile to build, or its details'),
  location: pattern('the name of an image, such as nginx:1.29', /^[\w.\-:/@]+$/)
    .optional()
    .describe('an image that exists, instead of a build'),
  repository: pattern(
    'the name of a repository: lower-case letters and digits, with . _ - or / between them',
    /^(?=.{2,256}$)([a-z0-9]+([._-][a-z0-9]+)*\/)*[a-z0-9]+([._-][a-z0-9]+)*$/,
  )
    .optional()
    .describe('name of the image repository, app/service if left out'),
  port: z.int().min(1).max(65535).optional().describe('port that the container listens on'),
  healthcheck: z
    .strictObject({
      command: command.describe('command that ends with 0 when the container is healthy'),
      interval: duration.optional(),
      timeout: duration.optional(),
      retries: z.int().min(1).max(10).optional(),
      start_period: duration.optional(),
    })
    .optional()
    .describe('a check that ECS runs inside the container'),
})

const httpHealthcheck = z.strictObject({
  path: path.optional(),
  success_codes: codes.optional(),
  healthy_threshold: z.int().min(2).max(10).optional(),
  unhealthy_threshold: z.int().min(2).max(10).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  grace_period: duration.optional().describe('how long a new container may fail the check'),
})

const http = z.strictObject({
  path: pattern(
    'a path that begins with /, of at most six parts and 120 characters, without wildcards',
    /^(?=.{1,120}$)(\/[\w\-.$~"'@:+&]+){0,6}\/?$/,
  )
    .optional()
    .describe('requests below this path go to the service'),
  healthcheck: wants('a path that begins with /, or details of the check', z.union([path, httpHealthcheck]))
    .optional()
    .describe('path that answers 200 when all is well, or details'),
  stickiness: flag.optional().describe('keep a visitor on one task; Streamlit with several tasks needs it'),
  deregistration_delay: duration.optional().describe('how long a leaving task may finish its requests'),
})

/** An SSM parameter or an ARN as text, a secret of Secrets Manager as Copilot writes it. */
const secretName = pattern('the name or ARN of a secret, without spaces', /^[\w/.+=@:!-]+$/)
const secret = wants(
  'the name or ARN of an SSM parameter, or secretsmanager: with the name of a secret',
  z.union([secretName, z.strictObject({ secretsmanager: secretName })]),
).describe('name or ARN of an SSM parameter, or secretsmanager: name')

const bucket = pattern(
  'a bucket, with an optional prefix: bucket/prefix',
  /^(s3:\/\/)?[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s${}*?]*)?$/,
).describe('a bucket, with an optional prefix: bucket/prefix')
const permissions = z.strictObject({
  buckets: z
    .strictObject({ read: z.array(bucket).optional(), write: z.array(bucket).optional() })
    .optional()
    .describe('S3 buckets that the containers may read or write'),
})

const service = z.strictObject({
  image: image.optional().describe('what to run'),
  http: wants('a group of settings, or false', z.union([z.literal(false), http]))
    .optional()
    .describe('how the load balancer reaches the service; false for none'),
  compute: z.enum(['fargate', 'gpu']).optional().describe('fargate (default), or gpu for instances with NVIDIA GPUs'),
  platform: z.enum(['linux/amd64', 'linux/arm64']).optional().describe('platform of the image and its task'),
  cpu: wants('a whole number of CPU units, 1024 for each vCPU', z.int().positive())
    .optional()
    .describe('CPU units, 1024 are one vCPU'),
  memory: wants('a whole number of MiB, such as 2048', z.int().positive()).optional().describe('memory in MiB'),
  gpus: z.int().positive().optional().describe('GPUs of each task'),
  instances: wants('a list of instance types', z.array(text).min(1))
    .optional()
    .describe('instance types in order of preference'),
  count: z.int().nonnegative().optional().describe('how many tasks run'),
  command: command.optional().describe('overrides the image’s command'),
  entrypoint: command.optional().describe('overrides the image’s entry point'),
  variables: z.record(variableName, value).optional().describe('environment variables'),
  secrets: z.record(variableName, secret).optional().describe('environment variables whose values are secrets'),
  permissions: permissions.optional().describe('what the containers may do in AWS'),
  logging: z.strictObject({ retention: z.int().positive().optional() }).optional().describe('days that logs are kept'),
})

const subnetId = pattern('the id of a subnet: subnet-…', /^subnet-\w+$/)
const subnet = wants('the id of a subnet: subnet-…', z.union([subnetId, z.strictObject({ id: subnetId })]))
const network = z.strictObject({
  vpc: z.strictObject({
    id: pattern('the id of a VPC: vpc-…', /^vpc-\w+$/)
      .optional()
      .describe('a VPC that exists; left out, img2vid makes one'),
    cidr: text.optional().describe('addresses of the VPC that img2vid makes, 10.0.0.0/16 if left out'),
    subnets: z
      .strictObject({ public: z.array(subnet).min(2).max(16).optional() })
      .optional()
      .describe('two or more subnets of that VPC, in different zones'),
    security_groups: z
      .array(pattern('the id of a security group: sg-…', /^sg-\w+$/))
      .min(1)
      // A network interface has five at most, and one is ours.
      .max(4)
      .optional()
      .describe('further security groups for the tasks'),
  }),
})

const environment = z.strictObject({
  region: pattern('a region such as us-east-1', /^[a-z]{2,4}(-[a-z]+)+-\d+$/).optional(),
  profile: text.optional().describe('AWS profile to use'),
  certificate: pattern(
    'the ARN of a certificate: arn:aws:acm:…',
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  )
    .optional()
    .describe('ARN of an ACM certificate: HTTPS, and HTTP redirects to it'),
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
