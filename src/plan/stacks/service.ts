import { ecrImage } from '../image-location.ts'
import type { Environment, Secret, Service } from '../manifest/model.ts'
import { appStack, environmentStack, serviceStack, stackTags } from '../names.ts'
import { rulePriority } from '../rule-priority.ts'
import {
  bind,
  importValue,
  type Json,
  readTemplate,
  ref,
  subText,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'
import { counted } from '../text.ts'
import { repositoryOutput } from './app.ts'
import { withContainer } from './container.ts'
import { withGpu } from './gpu.ts'
import { withHttp } from './http.ts'
import { addBuckets, addEcrPull, addSecrets } from './permissions.ts'
import { finishStack, type Stack } from './stack.ts'

/** Where a built image is within its repository: `@sha256:…`, or `:tag` before it is pushed. */
export type ImageReference = `@${string}` | `:${string}`

/** One service of an environment: its tasks, their roles, and its place behind the load balancer. */
export function serviceStackOf(
  environment: Environment,
  service: Service,
  image: ImageReference,
  texts: TemplateTexts,
): Stack {
  const { app, name: environmentName } = environment
  const steps: ((template: Template) => Template)[] = [
    (template) => withImage(template, environment, service),
    (template) => withSettings(template, service),
    (template) => withPlatform(template, service),
    (template) => addSecrets(template, service.secrets),
    (template) => addBuckets(template, service.buckets),
    (template) => withSecurityGroups(template, environment),
    (template) => withHttp(template, environment, service, texts),
    (template) => withGpu(template, service),
  ]
  const template = steps.reduce((before, step) => step(before), readTemplate(texts.service))
  const { compute, rollout, http } = service
  return finishStack(
    { ...template, Description: `img2vid - service ${service.name} of ${app} in ${environmentName}` },
    {
      name: serviceStack(app, environmentName, service.name),
      parameters: {
        App: app,
        EnvironmentStack: environmentStack(app, environmentName),
        Service: service.name,
        Image: service.image.kind === 'existing' ? service.image.location : '',
        ImageReference: image,
        Cpu: compute.cpu ?? 0,
        Memory: compute.memory,
        Count: service.count,
        MinimumHealthyPercent: rollout.minimumHealthy,
        MaximumPercent: rollout.maximum,
        LogRetention: service.logRetentionDays,
        ...(http && httpParameters(service, http)),
      },
      tags: stackTags(app, environmentName, service.name),
      summary: summaryOf(service),
    },
  )
}

function httpParameters(
  { port = 80, name }: Service,
  http: NonNullable<Service['http']>,
): Record<string, string | number> {
  const { healthCheck } = http
  return {
    Port: port,
    Path: http.path,
    RulePriority: rulePriority(name, http.path),
    HealthCheckPath: healthCheck.path,
    HealthCheckCodes: healthCheck.successCodes,
    HealthCheckInterval: healthCheck.interval,
    HealthCheckTimeout: healthCheck.timeout,
    HealthyThreshold: healthCheck.healthyThreshold,
    UnhealthyThreshold: healthCheck.unhealthyThreshold,
    DeregistrationDelay: http.deregistrationDelay,
    Stickiness: String(http.stickiness),
  }
}

function withImage(template: Template, { app }: Environment, { name, image }: Service): Template {
  if (image.kind === 'existing') return addEcrPull(template, ecrRepository(image.location))
  const declared = {
    ...template,
    Parameters: {
      ...template.Parameters,
      ImageReference: { Type: 'String', Description: 'The image in its repository, @ and digest or : and tag' },
    },
  }
  const uri = importValue(`${appStack(app)}-${repositoryOutput(name)}`)
  const bound = bind(declared, { Image: { 'Fn::Join': ['', [staticImport(uri), ref('ImageReference')]] } })
  return addEcrPull(
    bound,
    subText(`arn:\${AWS::Partition}:ecr:\${AWS::Region}:\${AWS::AccountId}:repository/${image.repository}`),
  )
}

/** The name of the export holds no reference of its own. */
const staticImport = (value: Json): Json => {
  const { 'Fn::Sub': name } = value['Fn::ImportValue'] as { 'Fn::Sub': string }
  return { 'Fn::ImportValue': name }
}

/** The repository's ARN, when the image is in a private ECR. */
function ecrRepository(location: string): unknown {
  const image = ecrImage(location)
  return image && subText(`arn:\${AWS::Partition}:ecr:${image.region}:${image.account}:repository/${image.repository}`)
}

function withSettings(template: Template, service: Service): Template {
  const { port, variables, secrets, command, entryPoint, containerHealthCheck: check } = service
  return withContainer(template, () => ({
    ...(entryPoint && { EntryPoint: entryPoint }),
    ...(command && { Command: command }),
    ...(port !== undefined && { PortMappings: [{ ContainerPort: port, Protocol: 'tcp' }] }),
    ...(Object.keys(variables).length > 0 && { Environment: pairs(variables) }),
    ...(Object.keys(secrets).length > 0 && { Secrets: secretList(secrets) }),
    ...(check && {
      HealthCheck: {
        Command: check.command,
        Interval: check.interval,
        Timeout: check.timeout,
        Retries: check.retries,
        StartPeriod: check.startPeriod,
      },
    }),
  }))
}

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }))

const secretList = (secrets: Readonly<Record<string, Secret>>) =>
  Object.entries(secrets).map(([Name, secret]) => ({ Name, ValueFrom: secretReference(secret) }))

/** SSM takes a name as it is; a secret of Secrets Manager needs its ARN, for which the name without its suffix serves. */
function secretReference({ from, reference }: Secret): unknown {
  if (from === 'ssm' || reference.startsWith('arn:')) return reference
  return subText(`arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${reference}`)
}

const withPlatform = (template: Template, { platform }: Service): Template =>
  platform === 'linux/amd64'
    ? template
    : withProperties(template, 'TaskDefinition', (properties) => ({
        ...properties,
        RuntimePlatform: { OperatingSystemFamily: 'LINUX', CpuArchitecture: 'ARM64' },
      }))

function withSecurityGroups(template: Template, { network }: Environment): Template {
  if (network.securityGroups.length === 0) return template
  return withProperties(template, 'TaskService', (properties) => {
    const { AwsvpcConfiguration } = properties.NetworkConfiguration as {
      AwsvpcConfiguration: { SecurityGroups: unknown[] }
    }
    const SecurityGroups = [...AwsvpcConfiguration.SecurityGroups, ...network.securityGroups]
    return { ...properties, NetworkConfiguration: { AwsvpcConfiguration: { ...AwsvpcConfiguration, SecurityGroups } } }
  })
}

function summaryOf({ count, compute, port }: Service): string {
  const tasks = counted(count, 'task')
  const size =
    compute.kind === 'fargate'
      ? `${compute.cpu / 1024} vCPU, ${compute.memory / 1024} GB`
      : `${compute.gpus} GPU${compute.gpus > 1 ? 's' : ''}, ${Math.round(compute.memory / 1024)} GB`
  return `${tasks}: ${size}${port === undefined ? '' : `, port ${port}`}`
}
