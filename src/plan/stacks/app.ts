import type { Environment } from '../manifest/model.ts'
import { appStack, logicalName, stackTags } from '../names.ts'
import { bind, merge, prefixed, readTemplate, type TemplateTexts } from '../template.ts'
import { counted } from '../text.ts'
import { finishStack, type Stack } from './stack.ts'

/** The application's image repositories: one for each service that builds its image. None, when none does. */
export function appStackOf({ app, services }: Environment, texts: TemplateTexts): Stack | undefined {
  const built = services.flatMap(({ name, image }) => (image.kind === 'build' ? [{ name, image }] : []))
  const template = readTemplate(texts.app)
  const [first, ...others] = built.map(({ name, image }) =>
    prefixed(bind(template, { Service: name, RepositoryName: image.repository }), logicalName(name)),
  )
  if (!first) return undefined
  const Description = `img2vid - image repositories of ${app}`
  return finishStack(
    { ...merge(first, ...others), Description },
    {
      name: appStack(app),
      parameters: {},
      tags: stackTags(app),
      summary: counted(built.length, 'image repository'),
    },
  )
}

/** The output that holds a service's repository. */
export const repositoryOutput = (service: string): string => `${logicalName(service)}RepositoryUri`
