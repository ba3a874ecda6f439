import * as z from 'zod'
import { aliasesOf, isRecordName, recordsOf } from '../aliases.ts'
import type { ServiceFinding } from '../manifest/checks/places.ts'
import { pattern, wants } from '../manifest/fields.ts'

const host = pattern(
  'a host such as app.example.com or *.example.com',
  /^(?=.{1,128}$)[A-Za-z0-9*?-]+(\.[A-Za-z0-9*?-]+)+$/,
)
const zone = pattern(
  'the id of a hosted zone of Route 53, Z…, or its domain such as example.com',
  /^(Z[A-Z0-9]{1,31}|(?=.{1,255}$)[a-z0-9_-]+(\.[a-z0-9_-]+)+)$/,
)
const named = z.strictObject({ name: host, hosted_zone: zone.optional() })

export const aliasFields = {
  alias: wants(
    'a host such as app.example.com, or a list of them',
    z.union([host, z.array(wants('a host, or its name and hosted_zone', z.union([host, named]))).min(1)]),
  )
    .optional()
    .describe('hosts whose requests go to the service; all if left out'),
  hosted_zone: zone.optional().describe('hosted zone of Route 53 in which these hosts get their records'),
}

type Named = z.infer<z.ZodObject<typeof aliasFields>>

/** A record has a host of its zone, and a wildcard for the first part of it only. */
export function soundRecords(settings: Named): ServiceFinding[] {
  const aliases = aliasesOf(settings)
  if (aliases.length === 0 && settings.hosted_zone !== undefined)
    return [{ at: ['hosted_zone'], because: ['alias'], message: 'is for the records of hosts: name them as alias' }]
  return recordsOf(aliases).flatMap(({ host: name, zone: where }): ServiceFinding[] => {
    const because = ['hosted_zone']
    if (!isRecordName(name))
      return [
        { at: ['alias'], because, message: `${name}: a DNS record has * for its first part, and no other wildcard` },
      ]
    return where.includes('.') && name !== where && !name.endsWith(`.${where}`)
      ? [{ at: ['alias'], because, message: `${name} is not in the hosted zone ${where}` }]
      : []
  })
}
