/** All pages of a listing, joined. */
export async function allPages<Item>(
  page: (token: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next: string | undefined }>,
): Promise<Item[]> {
  const all: Item[] = []
  let token: string | undefined
  do {
    const { items, next } = await page(token)
    all.push(...items)
    token = next
  } while (token)
  return all
}

/** Items in groups of a size that one call takes; none for none. */
export const batches = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
