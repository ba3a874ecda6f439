import { isGroup, valueAt } from './groups.ts'
import type { Path } from './problems.ts'

/**
 * The manifest with what environments leave out of groups that the services above have whole. Groups are merged, so that
 * nothing is missing there; lists are not.
 */
export const completed = (manifest: unknown, missing: readonly Path[]): unknown =>
  missing.reduce((before: unknown, path) => {
    const [section, , ...above] = path
    const value = section === 'environments' && above[0] === 'services' ? valueAt(before, above) : undefined
    const isLeftOut = valueAt(before, path) === undefined && path.every((step) => typeof step === 'string')
    return value !== undefined && isLeftOut ? withMember(before, path, value) : before
  }, manifest)

function withMember(group: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  return isGroup(group) ? { ...group, [step]: withMember(group[step], rest, value) } : group
}
