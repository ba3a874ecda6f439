import { type Json, type Template, withProperties } from '../template.ts'

/** The template with more settings for the service's own container. Where the logs go stays last, where people look for it. */
export function withContainer(template: Template, settings: (container: Json) => Json): Template {
  return withProperties(template, 'TaskDefinition', (properties) => {
    const [container = {}, ...others] = properties.ContainerDefinitions as Json[]
    const { LogConfiguration, ...rest } = container
    return { ...properties, ContainerDefinitions: [{ ...rest, ...settings(container), LogConfiguration }, ...others] }
  })
}
