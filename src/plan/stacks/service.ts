import type { Container, ServiceInputs } from '../features/feature.ts'
import { isDaemon } from '../features/placement.ts'
import { referenceOf } from '../features/sidecars.ts'
import { features } from '../features.ts'
import { sidecarImageName } from '../manifest/builds.ts'
import { containersOf } from '../manifest/containers.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { environmentStack, serviceStack, stackTags } from '../names.ts'
import { remembered } from '../remembered.ts'
import {
  type Json,
  joined,
  readTemplate,
  renamed,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'
import { counted } from '../text.ts'
import { withOverrides } from './overrides.ts'
import { finishStack, type Stack } from './stack.ts'

/** Where a built image is within its repository: `@sha256:…`, or `:tag` before it is pushed. */
export type ImageReference = `@${string}` | `:${string}`

/** What all features make of a service. */
export const serviceTemplate = (environment: Environment, service: Service, texts: TemplateTexts): Template =>
  templateOf(inputsOf(environment, service, texts))

function templateOf(inputs: ServiceInputs): Template {
  const template = features.reduce(
    (before, feature) => feature.service?.(before, inputs) ?? before,
    withDefinitions(readTemplate(inputs.texts.service), inputs),
  )
  return withOwnTargets(template)
}

/** Targets of another kind are another group: a service that moves has both for a while. */
function withOwnTargets(template: Template): Template {
  const groups = Object.entries(template.Resources)
    .filter(([, { Properties }]) => Properties?.TargetType === 'instance')
    .map(([name]) => [name, `Instance${name}`])
  return renamed(template, Object.fromEntries(groups), ['Resources'])
}

/** One service of an environment: its tasks, their roles, and its place behind the load balancer. */
export const serviceStackOf = (
  environment: Environment,
  service: Service,
  /** Of an image by the name that `buildsOf` gives it. */
  image: (name: string) => ImageReference,
  texts: TemplateTexts,
): Stack => withImages(withoutImages(environment, service, texts), service, image)

const withoutImages = remembered((environment: Environment, service: Service, texts: TemplateTexts): Stack => {
  const { app, name: environmentName } = environment
  const inputs = inputsOf(environment, service, texts)
  const template = withOverrides(templateOf(inputs), service.settings)
  return finishStack(
    { ...template, Description: `img2vid - service ${service.name} of ${app} in ${environmentName}` },
    {
      name: serviceStack(app, environmentName, service.name),
      parameters: {
        App: app,
        EnvironmentStack: environmentStack(app, environmentName),
        Service: service.name,
        Image: service.image.kind === 'existing' ? service.image.location : '',
        ...imageReferences(service, () => ':none'),
        ...(service.range ? {} : { Count: service.count }),
        MinimumHealthyPercent: service.rollout.minimumHealthy,
        MaximumPercent: service.rollout.maximum,
        ...Object.assign({}, ...features.map((feature) => feature.parameters?.(inputs))),
      },
      tags: stackTags(app, environmentName, service.name),
      summary: summaryOf(service),
    },
  )
})

/** The stack with images that have come about since: where they are is in its parameters alone. */
export const withImages = (stack: Stack, service: Service, image: (name: string) => ImageReference): Stack => ({
  ...stack,
  parameters: {
    ...stack.parameters,
    ...Object.fromEntries(
      Object.entries(imageReferences(service, image)).filter(([parameter]) => parameter in stack.parameters),
    ),
  },
})

const imageReferences = (
  service: Service,
  image: (name: string) => ImageReference,
): Record<string, ImageReference> => ({
  ImageReference: image(service.name),
  ...Object.fromEntries(
    Object.keys(service.sidecarImages).map((name) => [referenceOf(name), image(sidecarImageName(service.name, name))]),
  ),
})

/** The service's own container, of which the template has the beginning, and those that features add. */
function inputsOf(environment: Environment, service: Service, texts: TemplateTexts): ServiceInputs {
  const inputs = { environment, service, texts }
  const { name, settings } = service
  const [definition = {}] = (readTemplate(texts.service).Resources.TaskDefinition?.Properties?.ContainerDefinitions ??
    []) as Json[]
  const own: Container = { name, settings: containersOf(name, settings)[0].settings, definition }
  return { ...inputs, containers: [own, ...features.flatMap(({ containers }) => containers?.(inputs) ?? [])] }
}

/** What features say of each container. Where the logs go stays last, where people look for it. */
const withDefinitions = (template: Template, inputs: ServiceInputs): Template =>
  withProperties(template, 'TaskDefinition', (properties) => ({
    ...properties,
    ContainerDefinitions: inputs.containers.map((container) => {
      const { LogConfiguration: usual, ...definition } = container.definition
      const parts = features.map((feature) => feature.container?.(container.settings, container, inputs) ?? {})
      const { LogConfiguration = usual, ...all } = joined([definition, ...parts])
      return { ...all, ...(LogConfiguration !== undefined && { LogConfiguration }) }
    }),
  }))

function summaryOf({ count, range, compute, port, settings }: Service): string {
  const number = range ? `${range.min} to ${range.max} tasks` : counted(count, 'task')
  const tasks = isDaemon(settings) ? 'a task on each instance' : number
  const gpus = compute.kind === 'fargate' ? 0 : compute.gpus
  const size = [
    ...(gpus > 0 ? [counted(gpus, 'GPU')] : compute.cpu === undefined ? [] : [`${compute.cpu / 1024} vCPU`]),
    `${Math.round(compute.memory / 102.4) / 10} GB`,
    ...(port === undefined ? [] : [`port ${port}`]),
  ]
  return `${tasks}: ${size.join(', ')}`
}
