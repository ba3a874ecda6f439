import { withRepositorySettings } from '../features/repository.ts'
import { allBuilds } from '../manifest/builds.ts'
import type { Environment } from '../manifest/model.ts'
import { appStack, logicalName, stackTags } from '../names.ts'
import { bind, merge, prefixed, readTemplate, type TemplateTexts } from '../template.ts'
import { counted } from '../text.ts'
import { finishStack, type Stack } from './stack.ts'

/**
 * The application's image repositories: one for each service that builds its image. None, when none does. Those that the
 * deployed stack has, by its outputs, stay: other environments use them, or services that are to be destroyed yet.
 */
export function appStackOf(
  { app, services, settings }: Environment,
  texts: TemplateTexts,
  deployed: Readonly<Record<string, string>> = {},
): Stack | undefined {
  const built = allBuilds({ services }).map(({ name, image }): Repository => [logicalName(name), image.repository])
  const wanted = new Set(built.map(([, repository]) => repository))
  const kept = Object.entries(deployed).flatMap(([output, uri]): Repository[] => {
    const repository = uri.slice(uri.indexOf('/') + 1)
    return output.endsWith(OUTPUT) && !wanted.has(repository) ? [[output.slice(0, -OUTPUT.length), repository]] : []
  })
  const template = withRepositorySettings(readTemplate(texts.app), { settings })
  const repositories = [...new Map([...kept, ...built])].sort(([one], [other]) => (one < other ? -1 : 1))
  const [first, ...others] = repositories.map(([Service, RepositoryName]) =>
    prefixed(bind(template, { Service, RepositoryName }), Service),
  )
  if (!first || built.length === 0) return undefined
  const Description = `img2vid - image repositories of ${app}`
  return finishStack(
    { ...merge(first, ...others), Description },
    {
      name: appStack(app),
      parameters: {},
      tags: stackTags(app),
      summary: counted(repositories.length, 'image repository'),
    },
  )
}

/** The service's logical name and the repository of its images. */
type Repository = readonly [service: string, repository: string]

const OUTPUT = 'RepositoryUri'

/** The output that holds a service's repository; it is exported behind the stack's name. */
export const repositoryOutput = (service: string): string => `${logicalName(service)}${OUTPUT}`
