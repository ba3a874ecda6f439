import type { Service } from './manifest/model.ts'

/** Where visitors find the service. It stands apart from the fields of `http`, with which all of zod would be loaded. */
export function addressOf(
  { http: resolved }: Pick<Service, 'http'>,
  outputs: Readonly<Record<string, string>>,
): string | null {
  if (!resolved) return null
  const shared = outputs[resolved.internal ? 'PrivateUrl' : 'Url'] ?? ''
  const named = resolved.hosts.find((one) => !/[*?]/.test(one))
  const base = named === undefined ? shared : `${shared.split('://')[0] || 'http'}://${named}`
  return base + (resolved.path === '/' ? '' : resolved.path)
}
