import { isGroup } from './groups.ts'
import type { Finding } from './problems.ts'

const HERE = 'here one file has all of them: write app: with the application’s name'
const service = (name: string) => `of a single service; ${HERE}, and all but name and type below services.${name}`

/** What Copilot has as `type`, and what becomes of it here. */
const KINDS: Readonly<Record<string, (name: string) => string>> = {
  'Load Balanced Web Service': service,
  'Backend Service': service,
  'Worker Service': service,
  'Request-Driven Web Service': service,
  Environment: (name) =>
    `of an environment; ${HERE}, services: with its services, and all but name and type below environments.${name}`,
  'Scheduled Job': () => 'of a job; img2vid deploys services, which go on running',
  'Static Site': () => 'of a site without a container; img2vid deploys containers',
}

/** A manifest as AWS Copilot has one for each service: a problem for each of its keys would tell nobody what to do. */
export function copilotFindings(value: unknown): Finding[] {
  if (!isGroup(value) || 'services' in value || typeof value.type !== 'string') return []
  const { type, name } = value
  if (!Object.hasOwn(KINDS, type)) return []
  const message = `is AWS Copilot’s manifest ${KINDS[type]?.(typeof name === 'string' ? name : 'NAME')}`
  return [{ path: ['type'], message, atKey: true }]
}
