import { isGroup } from './groups.ts'
import type { Finding } from './problems.ts'

const KIND = /^(Load Balanced Web|Backend|Worker|Request-Driven Web) Service$/

/** A manifest as AWS Copilot has one for each service: a problem for each of its keys would tell nobody what to do. */
export function copilotFindings(value: unknown): Finding[] {
  if (!isGroup(value) || 'services' in value || typeof value.type !== 'string' || !KIND.test(value.type)) return []
  const name = typeof value.name === 'string' ? value.name : 'NAME'
  const message = `is AWS Copilot’s manifest of a single service; here one file has all of them: write app: with the application’s name, and all but name and type below services.${name}`
  return [{ path: ['type'], message, atKey: true }]
}
