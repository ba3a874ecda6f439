import * as z from 'zod'
import { ecrImage } from '../image-location.ts'
import type { Check, Checked, Combination } from '../manifest/checks/places.ts'
import { imageSideFields } from '../manifest/container-fields.ts'
import { pattern, text, texts, value, variableName, wants } from '../manifest/fields.ts'
import { buildOf } from '../manifest/merge.ts'
import type { Environment, Image, Service } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { appStack, repositoryName } from '../names.ts'
import { addEcrPull } from '../policies.ts'
import { repositoryOutput } from '../stacks/app.ts'
import { bind, importValue, type Json, ref, subText, type Template } from '../template.ts'
import type { Feature } from './feature.ts'

const build = z.strictObject({
  context: text.optional().describe('folder that is sent to Docker; the Dockerfile’s own folder if left out'),
  dockerfile: text.optional().describe('path of the Dockerfile'),
  target: text.optional().describe('stage of a multi-stage build'),
  args: z.record(variableName, value).optional().describe('build arguments'),
})

export const imageFields = {
  image: z
    .strictObject({
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
      ...imageSideFields,
    })
    .optional()
    .describe('what to run'),
}

const eitherBuiltOrThere: Check = ({ image = {} }) =>
  image.build !== undefined && image.location !== undefined
    ? [{ at: ['image', 'location'], message: 'either build or location, not both' }]
    : []

/** A repository holds the images of one service. */
function sameRepositories({ services, merged }: Checked): Combination[] {
  const built = services.flatMap(({ name, image }) =>
    image.kind === 'build' ? [{ name, repository: image.repository }] : [],
  )
  return built.flatMap(({ name, repository }, index) => {
    const other = built.slice(0, index).find((one) => one.repository === repository)
    if (!other) return []
    const [given, left] = merged[name]?.image?.repository === undefined ? [other.name, name] : [name, other.name]
    return [
      {
        path: ['services', given, 'image', 'repository'],
        because: [['services', left, 'image', 'repository']],
        message: `is the repository of ${left} already; each service has one of its own`,
      },
    ]
  })
}

/** The repositories are the application's: an environment that names another would take them from the rest. */
const ownRepositories = ({ manifest, environment }: Checked): Combination[] =>
  Object.entries(manifest.environments?.[environment]?.services ?? {}).flatMap(([name, { image }]) => {
    const repository = image?.repository
    if (repository === undefined || repository === manifest.services[name]?.image?.repository) return []
    const path = ['services', name, 'image', 'repository']
    return [{ path, message: `is one for all environments; name it under ${path.join('.')}` }]
  })

export function resolveImage(
  app: string,
  name: string,
  { build: from, location, repository }: NonNullable<ManifestService['image']>,
): Image {
  if (location !== undefined) return { kind: 'existing', location }
  const details = typeof from === 'object' ? from : buildOf(from ?? '.')
  const dockerfile = details.dockerfile ?? join(details.context ?? '.', 'Dockerfile')
  return {
    kind: 'build',
    repository: repository ?? repositoryName(app, name),
    context: details.context ?? folderOf(dockerfile),
    dockerfile,
    target: details.target,
    args: texts(details.args),
  }
}

const join = (folder: string, file: string): string => (folder === '.' ? file : `${folder.replace(/\/$/, '')}/${file}`)
const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.')

function withImage(template: Template, { app }: Environment, { name, image: from }: Service): Template {
  if (from.kind === 'existing') return addEcrPull(template, ecrRepository(from.location))
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
    subText(`arn:\${AWS::Partition}:ecr:\${AWS::Region}:\${AWS::AccountId}:repository/${from.repository}`),
  )
}

/** The name of the export holds no reference of its own. */
const staticImport = (exported: Json): Json => {
  const { 'Fn::Sub': name } = exported['Fn::ImportValue'] as { 'Fn::Sub': string }
  return { 'Fn::ImportValue': name }
}

/** The repository's ARN, when the image is in a private ECR. */
export function ecrRepository(location: string): unknown {
  const known = ecrImage(location)
  return known && subText(`arn:\${AWS::Partition}:ecr:${known.region}:${known.account}:repository/${known.repository}`)
}

export const image: Feature = {
  checks: [eitherBuiltOrThere],
  environmentChecks: [sameRepositories, ownRepositories],
  container: ({ port }) => ({
    ...(port !== undefined && { PortMappings: [{ ContainerPort: port, Protocol: 'tcp' }] }),
  }),
  service: (template, { environment, service }) => withImage(template, environment, service),
}
