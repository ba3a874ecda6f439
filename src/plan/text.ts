/** A table in columns, each as wide as its widest cell; a header that tells them apart. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

/** `1 task`, `2 tasks`, `1 repository`, `2 repositories` */
export const counted = (count: number, what: string): string =>
  `${count} ${count === 1 ? what : what.replace(/y$/, 'ie').replace(/ch$/, 'che')}${count === 1 ? '' : 's'}`

export const firstLine = (text: string): string => text.split('\n')[0] ?? ''

/** `a, b or c` */
export const orList = (values: readonly (string | number)[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`

export const shortDigest = (digest: string): string => digest.replace('sha256:', '').slice(0, 12)
