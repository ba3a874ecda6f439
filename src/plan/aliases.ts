import type { AliasRecord } from './manifest/model.ts'

/** Hosts as the manifest names them. */
interface Named {
  readonly alias?:
    | string
    | readonly (string | { readonly name: string; readonly hosted_zone?: string | undefined })[]
    | undefined
  readonly hosted_zone?: string | undefined
}

/** Hosts, whose case nobody heeds, each with the zone for its record if one is made. */
export const aliasesOf = ({ alias = [], hosted_zone: all }: Named) =>
  [alias].flat().map((one) => {
    const { name, hosted_zone: own } = typeof one === 'string' ? { name: one } : one
    return { host: name.toLowerCase(), zone: own ?? all }
  })

/** Whether a DNS record can be called so: `*` may be its first part, and there is no other wildcard. */
export const isRecordName = (host: string): boolean => /^(\*\.)?[^*?]+$/.test(host)

/** The records that are made. */
export const recordsOf = (aliases: ReturnType<typeof aliasesOf>): readonly AliasRecord[] =>
  aliases.flatMap(({ host, zone }) => (zone === undefined ? [] : [{ host, zone }]))
