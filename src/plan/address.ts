import type { Service } from './manifest/model.ts'

/** Where visitors find the service. It stands apart from the fields of `http`, with which all of zod would be loaded. */
export function addressOf({ http }: Pick<Service, 'http'>, outputs: Readonly<Record<string, string>>): string | null {
  if (!http) return null
  return (outputs.Url ?? '') + (http.path === '/' ? '' : http.path)
}
