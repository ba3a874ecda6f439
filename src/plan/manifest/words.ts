/** A command line as its words, as a shell reads quotes and backslashes; undefined when a quotation mark is not closed. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = []
  let rest = line.trimStart()
  while (rest !== '') {
    const [word] = /^(?:"(?:[^"\\]|\\[\s\S])*"|'[^']*'|\\[\s\S]|[^\s"'\\])+(?=\s|$)/.exec(rest) ?? []
    if (word === undefined) return undefined
    words.push(unquoted(word))
    rest = rest.slice(word.length).trimStart()
  }
  return words
}

const unquoted = (word: string): string =>
  word.replace(
    /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])/g,
    (_whole, double?: string, single?: string, escaped?: string) =>
      double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '',
  )
