import { AwsError } from './errors.ts'

/** One page of a listing. The token is the index at which the next page begins. */
export function page<Item>(
  items: readonly Item[],
  size: number,
  token: string | undefined,
): { readonly items: Item[]; readonly next?: string } {
  const start = token === undefined || token === '' ? 0 : Number(token)
  if (!Number.isInteger(start)) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.')
  const end = start + size
  return { items: items.slice(start, end), ...(end < items.length && { next: String(end) }) }
}
