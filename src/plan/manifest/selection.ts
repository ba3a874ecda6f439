import { UserError } from '../../errors.ts'
import { meant } from './nearest.ts'

/** Whether it may mean several environments: `all`, a list, or a pattern. */
export const isSelection = (text: string): boolean => text === 'all' || /[,*]/.test(text)

/**
 * The environments that are meant, in the order of the manifest: names and patterns with `*`, separated by commas; all of
 * them for `all`, unless one is called so. Throws a UserError with every part that means none.
 */
export function selectEnvironments(text: string, names: readonly string[]): string[] {
  const parts = text.split(',').map((part) => part.trim())
  const selected = parts.map((part) => names.filter((name) => isMeant(part, name, names)))
  const problems = parts
    .filter((_part, index) => selected[index]?.length === 0)
    .map((part) => ({ path: '--env', message: `${part || 'an empty name'} is no environment${meant(part, names)}` }))
  if (problems.length > 0) {
    throw new UserError('usage', 'Not every part of --env means an environment', {
      hint: `the manifest has ${names.join(', ')}`,
      problems,
    })
  }
  return names.filter((name) => selected.some((some) => some.includes(name)))
}

function isMeant(part: string, name: string, names: readonly string[]): boolean {
  if (part === 'all' && !names.includes('all')) return true
  const pattern = part.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`).test(name)
}
