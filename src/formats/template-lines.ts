import { FUNCTIONS, longForm } from './function-tags.ts'
import { isPlain } from './plain-text.ts'

/** A text with something in it that only a parser of all of YAML understands, or that is wrong. */
const BEYOND = new Error('It is not written line by line.')
const beyond = (): never => {
  throw BEYOND
}

/**
 * A template as it is usually written, and always printed: a name, an item or a line of a block on each line. It is read
 * ten times as fast as by the YAML parser; undefined when that has to read it.
 */
export function readLines(text: string): unknown {
  if (!text.endsWith('\n') || text.includes('\r')) return undefined
  try {
    const reader = new LineReader(text.slice(0, -1).split('\n'))
    return reader.whole()
  } catch (error) {
    if (error !== BEYOND) throw error
    return undefined
  }
}

const spacesBefore = (line: string): number => {
  let spaces = 0
  while (line[spaces] === ' ') spaces++
  return spaces
}

const ITEM = /^-(?: |$)/
const COMMENT_OR_NOTHING = /^ *(?:#.*)?$/
/** No name may be longer without a mark. */
const LONGEST_NAME = 1000

class LineReader {
  private at = 0

  constructor(private readonly lines: string[]) {}

  whole(): unknown {
    if (this.indentation() !== 0) beyond()
    const value = this.group(0)
    return this.indentation() === undefined ? value : beyond()
  }

  /** Of the next line that says something. */
  private indentation(): number | undefined {
    for (; this.at < this.lines.length; this.at++) {
      const line = this.lines[this.at] as string
      if (!COMMENT_OR_NOTHING.test(line)) return spacesBefore(line)
    }
    return undefined
  }

  private rest(indent: number): string {
    return (this.lines[this.at] as string).slice(indent)
  }

  private group(indent: number): Record<string, unknown> {
    const members: Record<string, unknown> = {}
    for (let next = this.indentation(); next !== undefined && next >= indent; next = this.indentation()) {
      const rest = this.rest(indent)
      const { name, value } = memberIn(rest) ?? beyond()
      if (next > indent || name === '__proto__' || Object.hasOwn(members, name)) beyond()
      this.at++
      members[name] = this.value(value, indent)
    }
    return members
  }

  private list(indent: number): unknown[] {
    const items: unknown[] = []
    for (let next = this.indentation(); next !== undefined && next >= indent; next = this.indentation()) {
      const rest = this.rest(indent)
      if (next > indent || !ITEM.test(rest)) beyond()
      const item = rest.slice(2)
      if (ITEM.test(item) || memberIn(item)) {
        // It begins on the line of its dash.
        const within = indent + 2
        this.lines[this.at] = ' '.repeat(within) + item
        items.push(this.block(within))
      } else {
        this.at++
        items.push(this.value(item, indent))
      }
    }
    return items
  }

  private block(indent: number): unknown {
    return ITEM.test(this.rest(indent)) ? this.list(indent) : this.group(indent)
  }

  /** What stands behind a name or a dash, and on the lines below that are further in. */
  private value(text: string, indent: number): unknown {
    const [, tag, content = ''] = /^!(\w+)(?: (.+))?$/.exec(text) ?? [undefined, undefined, text]
    if (tag !== undefined && !FUNCTIONS.has(tag)) beyond()
    if (content === '|' || content === '|-') return longForm(tag, this.literal(indent, content === '|' ? '\n' : ''))
    const next = this.indentation() ?? 0
    // A list may stand as far in as its name.
    const hasMore = next > indent || (next === indent && content === '' && ITEM.test(this.rest(next)))
    if (content !== '') return hasMore ? beyond() : longForm(tag, onOneLine(content, tag !== undefined))
    if (!hasMore) return tag === undefined ? null : beyond()
    if (next === indent) beyond()
    const value = this.block(next)
    return tag === undefined || Array.isArray(value) ? longForm(tag, value) : beyond()
  }

  private literal(indent: number, end: string): string {
    const first = this.lines[this.at] ?? ''
    const within = spacesBefore(first)
    if (within <= indent || within === first.length) beyond()
    const parts: string[] = []
    for (; this.at < this.lines.length; this.at++) {
      const line = this.lines[this.at] as string
      const spaces = spacesBefore(line)
      if (line !== '' && spaces === line.length) beyond()
      if (line !== '' && spaces < within) break
      parts.push(line.slice(within))
    }
    while (parts.at(-1) === '') parts.pop()
    return parts.join('\n') + end
  }
}

/** `Name: value`, or `Name:` with what stands below. */
function memberIn(text: string): { name: string; value: string } | undefined {
  const [, mark, quoted] = /^("([^"\\]*)"):(?: |$)/.exec(text) ?? []
  if (mark !== undefined && quoted !== undefined) return { name: quoted, value: text.slice(mark.length + 2) }
  const end = text.indexOf(': ')
  const name = end < 0 ? text.slice(0, -1) : text.slice(0, end)
  if ((end < 0 && !text.endsWith(':')) || name.length > LONGEST_NAME || !isPlain(name)) return undefined
  return { name, value: end < 0 ? '' : text.slice(end + 2) }
}

function onOneLine(text: string, isText: boolean): unknown {
  if (text === '{}' && !isText) return {}
  const reader = new WordReader(text)
  const value = reader.value(isText, false)
  return reader.isOver() ? value : beyond()
}

const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/

/** A scalar, or a list in brackets. */
class WordReader {
  private at = 0

  constructor(private readonly text: string) {}

  isOver(): boolean {
    return this.at === this.text.length
  }

  value(isText: boolean, inList: boolean): unknown {
    switch (this.text[this.at]) {
      case '[':
        return this.list()
      case '"':
        return this.quoted(/"(?:[^"\\\p{Cc}]|\\["\\bfnrt]|\\u[\da-fA-F]{4})*"/uy, JSON.parse)
      case "'":
        return this.quoted(/'[^']*'(?!')/y, (word) => word.slice(1, -1))
      default:
        return plainValue(inList ? this.take(/[^,[\]{}]+/y).trimEnd() : this.take(/.+/y), isText)
    }
  }

  private list(): unknown[] {
    const items: unknown[] = []
    this.at++
    if (this.text[this.at] === ']') {
      this.at++
      return items
    }
    for (;;) {
      this.take(/ */y)
      const [, tag] = /^!(\w+) $/.exec(this.take(/(?:!\w+ )?/y)) ?? []
      if (tag !== undefined && !FUNCTIONS.has(tag)) beyond()
      items.push(longForm(tag, this.value(tag !== undefined, true)))
      const sign = this.take(/[,\]]/y)
      if (sign === ']') return items
    }
  }

  private quoted(shape: RegExp, read: (word: string) => unknown): unknown {
    return read(this.take(shape))
  }

  private take(shape: RegExp): string {
    shape.lastIndex = this.at
    const [word] = shape.exec(this.text) ?? beyond()
    this.at += word.length
    return word
  }
}

function plainValue(text: string, isText: boolean): unknown {
  if (isPlain(text)) return text
  if (isText) return beyond()
  if (NUMBER.test(text) && text !== '-0') return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text === 'null' ? null : beyond()
}
