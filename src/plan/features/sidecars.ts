import * as z from 'zod'
import { sidecarImageName } from '../manifest/builds.ts'
import type { Check } from '../manifest/checks/places.ts'
import { containerFields, imageSideFields } from '../manifest/container-fields.ts'
import { containersOf, portOf } from '../manifest/containers.ts'
import { flag, imageName, localPath, name, pattern, port, wants } from '../manifest/fields.ts'
import type { Image } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { logicalName } from '../names.ts'
import { addPolicy, pulling } from '../policies.ts'
import { type Json, readTemplate, type Template } from '../template.ts'
import type { Container, Feature, ServiceInputs } from './feature.ts'
import { build, builtImage, ecrRepository, ownRepository, resolveImage } from './image.ts'
import { readingSecrets } from './secrets.ts'
import { mountFields } from './storage.ts'

/** From 1 to 65535. */
const PORT = /^([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])(\/(tcp|udp))?$/

const sidecar = z.strictObject({
  image: wants(
    'the name of an image in small letters, such as nginx:1.29, or build: with a folder, a Dockerfile or details',
    z.union([
      imageName,
      z.strictObject({ location: imageName }),
      z.strictObject({ build: z.union([localPath, build]) }),
    ]),
  ).describe('an image that exists, or what is built'),
  port: wants('a port, such as 2000 or 2000/udp', z.union([port, z.string().regex(PORT)]))
    .optional()
    .describe('port that the container listens on'),
  essential: flag.optional().describe('whether the task ends with it; true if left out'),
  credentialsParameter: pattern('the ARN of a secret', /^arn:aws[a-z-]*:secretsmanager:[\w:/+=.@-]+$/)
    .optional()
    .describe('ARN of the secret with user and password of a private registry'),
  ...mountFields,
  ...imageSideFields,
  ...containerFields,
})

export const sidecarFields = {
  sidecars: z.record(name, sidecar).optional().describe('further containers of each task, by name'),
}

const names: Check = ({ sidecars = {} }, { name: service }) =>
  Object.hasOwn(sidecars, service)
    ? [{ at: ['sidecars', service], message: 'is the name of the service’s own container; it needs another one' }]
    : []

/** Containers of a task are behind one address. */
const ports: Check = (service, { name: own }) => {
  const taken = containersOf(own, service).flatMap((one) =>
    one.settings.port === undefined ? [] : [{ container: one, port: one.settings.port }],
  )
  return taken.flatMap(({ container, port }, index) => {
    const other = taken.slice(0, index).find((one) => one.port === port)
    return other
      ? [{ at: container.place(['port']), message: `${other.container.name} listens on port ${port} already` }]
      : []
  })
}

/** The beginning of each definition; what it shares with the service's own container comes from other features. */
function definitions({ service, texts, environment: { app } }: Omit<ServiceInputs, 'containers'>): Container[] {
  const [own = {}] = (readTemplate(texts.service).Resources.TaskDefinition?.Properties?.ContainerDefinitions ??
    []) as Json[]
  const { sidecars = {} } = service.settings
  return containersOf(service.name, service.settings)
    .slice(1)
    .map(({ name: Name, settings }) => {
      const { essential = true, credentialsParameter, port } = sidecars[Name] ?? {}
      const image = service.sidecarImages[Name]
      const mapped = port === undefined ? undefined : portOf(port)
      const definition = {
        Name,
        Image:
          image?.kind === 'build'
            ? builtImage(app, sidecarImageName(service.name, Name), referenceOf(Name))
            : image?.location,
        Essential: essential,
        ...(credentialsParameter !== undefined && {
          RepositoryCredentials: { CredentialsParameter: credentialsParameter },
        }),
        ...(mapped && { PortMappings: [{ ContainerPort: mapped.number, Protocol: mapped.protocol }] }),
        LogConfiguration: own.LogConfiguration,
      }
      return { name: Name, settings, definition }
    })
}

/** Images of a service's sidecars, with every default filled in. */
export const resolveSidecarImages = (app: string, service: string, { sidecars = {} }: ManifestService) =>
  Object.fromEntries(
    Object.entries(sidecars).map(([name, { image }]): [string, Image] => [
      name,
      resolveImage(app, sidecarImageName(service, name), typeof image === 'string' ? { location: image } : image),
    ]),
  )

/** The parameter that says which image of its repository a sidecar runs. */
export const referenceOf = (sidecar: string): string => `${logicalName(sidecar)}ImageReference`

const Description = 'The image in its repository, @ and digest or : and tag'

function withAccess(template: Template, { service }: ServiceInputs): Template {
  const all = Object.values(service.settings.sidecars ?? {})
  const credentials = all.flatMap(({ credentialsParameter: reference }) =>
    reference === undefined ? [] : [{ from: 'secretsmanager' as const, reference }],
  )
  const images = Object.entries(service.sidecarImages)
  const repositories = new Map(
    images.flatMap(([name, image]): [string, unknown][] => {
      if (image.kind === 'build') return [[name, ownRepository(image.repository)]]
      const repository = ecrRepository(image.location)
      return repository === undefined ? [] : [[image.location, repository]]
    }),
  )
  const references = images
    .filter(([, { kind }]) => kind === 'build')
    .map(([name]) => [referenceOf(name), { Type: 'String', Description }])
  const declared = { ...template, Parameters: { ...template.Parameters, ...Object.fromEntries(references) } }
  const pulled = addPolicy(declared, 'ExecutionRole', 'sidecar-images', pulling([...repositories.values()]))
  return addPolicy(pulled, 'ExecutionRole', 'registries', readingSecrets(credentials))
}

export const sidecars: Feature = {
  checks: [names, ports],
  containers: definitions,
  service: withAccess,
}
