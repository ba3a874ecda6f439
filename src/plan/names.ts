/** Names of the stacks and of what they share. */
export const appStack = (app: string): string => app
export const environmentStack = (app: string, environment: string): string => `${app}-${environment}`
export const serviceStack = (app: string, environment: string, service: string): string =>
  `${environmentStack(app, environment)}-${service}`

/** No environment can be called so. */
export const templateStack = (app: string): string => `${app}--templates`

export const repositoryName = (app: string, service: string): string => `${app}/${service}`

/** `image-worker` as `ImageWorker`: how logical ids are spelt, which have letters and digits alone. */
export const logicalName = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** A name made of whatever a folder is called; undefined when nothing is left of it. */
export function nameFrom(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return name || undefined
}

/** Every stack says with these tags whose it is. */
export const stackTags = (app: string, environment?: string, service?: string): Record<string, string> => ({
  'img2vid:app': app,
  ...(environment !== undefined && { 'img2vid:environment': environment }),
  ...(service !== undefined && { 'img2vid:service': service }),
})
