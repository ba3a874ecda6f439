import { withRepositorySettings } from '../features/repository.ts'
import { allBuilds } from '../manifest/builds.ts'
import type { Environment } from '../manifest/model.ts'
import { appStack, logicalName, stackTags } from '../names.ts'
import { bind, type Json, merge, prefixed, readTemplate, type TemplateTexts, withProperties } from '../template.ts'
import { counted } from '../text.ts'
import { finishStack, type Stack } from './stack.ts'

/**
 * The application's image repositories: one for each service that builds its image. None, when none does. Those that the
 * deployed stack has, by its outputs, stay: other environments use them, or services that are to be destroyed yet. So does
 * what the ones that are `kept` are encrypted with.
 */
export function appStackOf(
  { app, services, settings }: Environment,
  texts: TemplateTexts,
  deployed: Readonly<Record<string, string>> = {},
  kept: readonly KeptEncryption[] = [],
): Stack | undefined {
  const built = allBuilds({ services }).map(({ name, image }): Repository => [logicalName(name), image.repository])
  const wanted = new Set(built.map(([, repository]) => repository))
  const others = Object.entries(deployed).flatMap(([output, uri]): Repository[] => {
    const repository = uri.slice(uri.indexOf('/') + 1)
    return output.endsWith(OUTPUT) && !wanted.has(repository) ? [[output.slice(0, -OUTPUT.length), repository]] : []
  })
  const template = withRepositorySettings(readTemplate(texts.app), { settings })
  const repositories = [...new Map([...others, ...built])].sort(([one], [other]) => (one < other ? -1 : 1))
  const [first, ...rest] = repositories.map(([Service, RepositoryName]) => {
    const is = kept.find(({ repository }) => repository === RepositoryName)?.is
    const own = is
      ? withProperties(template, 'Repository', (all) => ({ ...all, EncryptionConfiguration: is }))
      : template
    return prefixed(bind(own, { Service, RepositoryName }), Service)
  })
  if (!first || built.length === 0) return undefined
  const Description = `img2vid - image repositories of ${app}`
  return finishStack(
    { ...merge(first, ...rest), Description },
    {
      name: appStack(app),
      parameters: {},
      tags: stackTags(app),
      summary: counted(repositories.length, 'image repository'),
    },
  )
}

/** A repository that is encrypted otherwise than the manifest has it. */
export interface KeptEncryption {
  readonly repository: string
  readonly is: Json
}

/** Repositories whose encryption would change: AWS would make new ones for that, under names that are taken. */
export function keptEncryption(wanted: Stack, deployedBody: string): KeptEncryption[] {
  const [before, after] = [deployedBody, wanted.body].map(encryptionIn)
  return [...(after ?? [])].flatMap(([repository, changed]) => {
    const is = before?.get(repository)
    return is === undefined || JSON.stringify(is) === JSON.stringify(changed) ? [] : [{ repository, is }]
  })
}

const encryptionIn = (body: string): Map<string, Json> =>
  new Map(
    Object.values(readTemplate(body).Resources).flatMap(({ Properties = {} }) => {
      const { RepositoryName, EncryptionConfiguration } = Properties as Record<string, unknown>
      return typeof RepositoryName === 'string' ? [[RepositoryName, (EncryptionConfiguration ?? {}) as Json]] : []
    }),
  )

export const encryptionNote = ({ repository, is }: KeptEncryption): string =>
  `${repository} stays encrypted as it is (${[is.EncryptionType, is.KmsKey].filter(Boolean).join(', ')}): AWS changes that for no repository that exists; another name under image.repository makes a new one`

/** The service's logical name and the repository of its images. */
type Repository = readonly [service: string, repository: string]

const OUTPUT = 'RepositoryUri'

/** The output that holds a service's repository; it is exported behind the stack's name. */
export const repositoryOutput = (service: string): string => `${logicalName(service)}${OUTPUT}`
