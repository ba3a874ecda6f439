import * as z from 'zod'
import { ecrImage } from '../image-location.ts'
import { sidecarImageName } from '../manifest/builds.ts'
import type { Check, Checked, Combination, ServiceFinding } from '../manifest/checks/places.ts'
import { imageSideFields } from '../manifest/container-fields.ts'
import { flag, imageName, localPath, pattern, port, texts, value, variableName, wants } from '../manifest/fields.ts'
import { buildOf } from '../manifest/merge.ts'
import type { Environment, Image, Secret, Service } from '../manifest/model.ts'
import type { Path } from '../manifest/problems.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { appStack, repositoryName } from '../names.ts'
import { addEcrPull, addPolicy } from '../policies.ts'
import { repositoryOutput } from '../stacks/app.ts'
import { bind, importValue, type Json, ref, subText, type Template } from '../template.ts'
import type { Feature } from './feature.ts'
import { readingSecrets, secretReference } from './secrets.ts'

const buildSecret = wants(
  'file: with a path, or env: with the name of a variable',
  z.union([z.strictObject({ file: localPath }), z.strictObject({ env: variableName })]),
)
const secretId = pattern('a name of letters, digits, dots, hyphens and underscores', /^[\w.-]+$/)
/** The value of one of Docker's flags, of which commas part the members. */
const member = pattern('text without spaces', /^[^\s,][^\s]*$/)

export const build = z.strictObject({
  context: localPath.optional().describe('folder that is sent to Docker; the Dockerfile’s own folder if left out'),
  dockerfile: localPath.optional().describe('path of the Dockerfile'),
  target: member.optional().describe('stage of a multi-stage build'),
  args: z.record(variableName, value).optional().describe('build arguments, which everybody sees who has the image'),
  secrets: z
    .record(secretId, buildSecret)
    .optional()
    .describe('secrets for RUN --mount=type=secret, by id; none of them is in the image'),
  ssh: wants('true, or a list of keys as docker build --ssh has them', z.union([flag, z.array(member).min(1)]))
    .optional()
    .describe('lets RUN --mount=type=ssh use the SSH agent, or keys'),
  cache_from: z.array(member).min(1).optional().describe('images or caches whose layers are taken'),
  cache_to: z.array(member).min(1).optional().describe('where the layers go, as docker build --cache-to has it'),
})

export const imageFields = {
  image: wants(
    'build: with a folder, or location: with the name of an image',
    z.strictObject({
      build: wants(
        'a folder of this machine, the path of a Dockerfile, or details of the build',
        z.union([localPath, build]),
      )
        .optional()
        .describe('folder or Dockerfile to build, or its details'),
      location: imageName.optional().describe('an image that exists, instead of a build'),
      credentials: pattern(
        'the name or ARN of a whole secret',
        /^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/.+=@!-]+$/,
      )
        .optional()
        .describe('secret of Secrets Manager with username and password of a private registry'),
      repository: pattern(
        'the name of a repository: lower-case letters and digits, with . _ - or / between them',
        /^(?=.{2,256}$)([a-z0-9]+([._-][a-z0-9]+)*\/)*[a-z0-9]+([._-][a-z0-9]+)*$/,
      )
        .optional()
        .describe('name of the image repository, app/service if left out'),
      port: port.optional().describe('port that the container listens on'),
      ...imageSideFields,
    }),
  )
    .optional()
    .describe('what to run'),
}

const eitherBuiltOrThere: Check = ({ image = {} }) =>
  image.build !== undefined && image.location !== undefined
    ? [{ at: ['image', 'location'], message: 'either build or location, not both' }]
    : []

const repositoryOfBuilt: Check = ({ image: { location, repository } = {} }) =>
  location !== undefined && repository !== undefined
    ? [{ at: ['image', 'repository'], because: ['image', 'location'], message: 'is for an image that is built' }]
    : []

/** ECR is reached by the execution role, and what is built goes to ECR. */
const credentialsElsewhere: Check = ({ image: { credentials, location } = {}, sidecars = {} }, { sidecarImages }) => [
  ...needlessCredentials(['image', 'credentials'], credentials, location),
  ...Object.entries(sidecars).flatMap(([name, { credentialsParameter }]) => {
    const image = sidecarImages[name]
    const at = ['sidecars', name, 'credentialsParameter']
    return needlessCredentials(at, credentialsParameter, image?.kind === 'existing' ? image.location : undefined)
  }),
]

function needlessCredentials(
  at: Path,
  credentials: string | undefined,
  location: string | undefined,
): ServiceFinding[] {
  if (credentials === undefined) return []
  if (location === undefined) return [{ at, message: 'is for an image that exists, not for one that is built' }]
  return ecrImage(location) || location.startsWith('public.ecr.aws/')
    ? [{ at, because: [at[0] ?? ''], message: 'ECR needs none: the tasks’ execution role may pull' }]
    : []
}

/** A repository holds the images of one service. */
function sameRepositories({ services, merged }: Checked): Combination[] {
  const built = services.flatMap(({ name, image, sidecarImages }) => [
    ...(image.kind === 'build' ? [{ name, repository: image.repository }] : []),
    ...Object.entries(sidecarImages).flatMap(([sidecar, one]) =>
      one.kind === 'build' ? [{ name: sidecarImageName(name, sidecar), repository: one.repository }] : [],
    ),
  ])
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

/** AWS encrypts with keys of the same region alone. */
function keyOfThisRegion({ manifest, environment }: Checked): Combination[] {
  const [, , , key] = manifest.repository?.encryption?.split(':') ?? []
  const { region } = manifest.environments?.[environment] ?? {}
  return key === undefined || region === undefined || key === region
    ? []
    : [
        {
          path: ['repository', 'encryption'],
          message: `is a key of ${key}, and ${environment} is in ${region}; kms stands for AWS’s own key in each region`,
        },
      ]
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
  {
    build: from,
    location,
    repository,
  }: Pick<NonNullable<ManifestService['image']>, 'build' | 'location' | 'repository'>,
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
    secrets: Object.entries(details.secrets ?? {}).map(([id, from]) => ({ id, ...from })),
    ssh: details.ssh === true ? ['default'] : details.ssh === false ? [] : (details.ssh ?? []),
    cacheFrom: details.cache_from ?? [],
    cacheTo: details.cache_to ?? [],
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
  const bound = bind(declared, { Image: builtImage(app, name, 'ImageReference') })
  return addEcrPull(bound, ownRepository(from.repository))
}

/** A built image by its repository, which the app's stack exports, and a parameter. */
export function builtImage(app: string, name: string, parameter: string): Json {
  const uri = importValue(`${appStack(app)}-${repositoryOutput(name)}`)
  return { 'Fn::Join': ['', [staticImport(uri), ref(parameter)]] }
}

/** The ARN of a repository of this account. */
export const ownRepository = (repository: string): Json =>
  subText(`arn:\${AWS::Partition}:ecr:\${AWS::Region}:\${AWS::AccountId}:repository/${repository}`)

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

const registrySecret = ({ settings: { image: { credentials: reference } = {} } }: Service): Secret | undefined =>
  reference === undefined ? undefined : { from: 'secretsmanager', reference }

export const image: Feature = {
  checks: [eitherBuiltOrThere, repositoryOfBuilt, credentialsElsewhere],
  environmentChecks: [sameRepositories, ownRepositories, keyOfThisRegion],
  container: ({ port }, { name: container }, { service }) => {
    if (container !== service.name) return {}
    const secret = registrySecret(service)
    return {
      ...(port !== undefined && { PortMappings: [{ ContainerPort: port, Protocol: 'tcp' }] }),
      ...(secret && { RepositoryCredentials: { CredentialsParameter: secretReference(secret) } }),
    }
  },
  service: (template, { environment, service }) => {
    const secret = registrySecret(service)
    const pulled = withImage(template, environment, service)
    return addPolicy(pulled, 'ExecutionRole', 'registry', readingSecrets(secret ? [secret] : []))
  },
}
