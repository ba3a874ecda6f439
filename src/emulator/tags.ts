/** Tags as most services' APIs and CloudFormation write them. */
interface ListedTag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** Tags as the state keeps them. */
export type Tags = Record<string, string>

export const tagRecord = (list: readonly ListedTag[] = []): Tags =>
  Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]))

export const tagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** What must be set and what removed, so that tags become those of the list. */
export function tagChanges(
  current: readonly ListedTag[],
  wanted: readonly { readonly Key: string; readonly Value: string }[],
): { readonly set: { Key: string; Value: string }[]; readonly remove: string[] } {
  const before = tagRecord(current)
  return {
    set: wanted.filter(({ Key, Value }) => before[Key] !== Value).map((tag) => ({ ...tag })),
    remove: Object.keys(before).filter((key) => !wanted.some(({ Key }) => Key === key)),
  }
}
