import { type Json, type Template, withProperties } from '../template.ts'

/** The template with more settings for its container. Where the logs go stays last, where people look for it. */
export function withContainer(template: Template, settings: (container: Json) => Json): Template {
  return withProperties(template, 'TaskDefinition', (properties) => {
    const [container = {}] = properties.ContainerDefinitions as Json[]
    const { LogConfiguration, ...rest } = container
    return { ...properties, ContainerDefinitions: [{ ...rest, ...settings(container), LogConfiguration }] }
  })
}
