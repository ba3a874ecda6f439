type Group = Readonly<Record<string, unknown>>
const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null && !Array.isArray(value)
const membersOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, member]) => member !== undefined)

/** A template in YAML 1.1, for people: short-form functions, blocks for long text, a blank line before each section and member. */
export function printTemplate(template: object): string {
  const sections = membersOf(template).map(([name, section], index) => {
    const members = isGroup(section) ? lines(section, '  ') : []
    const text = members.length > 1 ? `\n  ${members.join('\n\n  ')}` : behind(section, '  ')
    return `${index < 2 ? '' : '\n'}${named(name, '')}${text}`
  })
  return `${sections.join('\n')}\n`
}

/** What stands behind a name or a dash: on its line, or on lines with an indentation of their own. */
function behind(value: unknown, indent: string, within: 'list' | 'group' = 'group'): string {
  const short = shortForm(value)
  const tag = short ? ` !${short.name}` : ''
  const content = short ? short.argument : value
  if (typeof content !== 'object' || content === null) return `${tag} ${scalar(content, indent)}`
  if (short && Array.isArray(content) && isBrief(content)) return `${tag} ${brief(content)}`
  const parts = lines(content, indent)
  if (parts.length === 0) return `${tag} ${Array.isArray(content) ? '[]' : '{}'}`
  // What has no tag begins on the line of its dash.
  const start = within === 'list' && !short ? ' ' : `${tag}\n${indent}`
  return start + parts.join(`\n${indent}`)
}

const lines = (value: object, indent: string): string[] =>
  Array.isArray(value)
    ? value.map((item) => `-${behind(item ?? null, `${indent}  `, 'list')}`)
    : membersOf(value).map(([name, member]) => named(name, indent) + behind(member, `${indent}  `))

/** As long as a name may be that is not marked as one. */
const LONGEST_NAME = 1024

function named(name: string, indent: string): string {
  const text = isPlain(name) ? name : quoted(name)
  return text.length > LONGEST_NAME ? `? ${text}\n${indent}:` : `${text}:`
}

interface ShortForm {
  readonly name: string
  readonly argument: unknown
}

/** `{ Ref: X }` as `!Ref X`; undefined for what is no function, or would be read as something else behind its tag. */
function shortForm(value: unknown): ShortForm | undefined {
  if (!isGroup(value)) return undefined
  const [only, ...others] = membersOf(value)
  const name = others.length === 0 && only ? /^(?:Fn::(\w+)|(Ref))$/.exec(only[0]) : null
  if (!only || !name) return undefined
  const argument = shortArgument(name[1] ?? 'Ref', only[1])
  return argument === undefined ? undefined : { name: name[1] ?? 'Ref', argument }
}

function shortArgument(name: string, argument: unknown): unknown {
  const isText = typeof argument === 'string'
  if (name === 'Ref') return isText ? argument : undefined
  if (name !== 'GetAtt') {
    // A value can carry one tag only, so a function of a tagged one keeps its long form.
    return isText || (typeof argument === 'object' && argument !== null && !shortForm(argument)) ? argument : undefined
  }
  const [resource, attribute, ...more] = Array.isArray(argument) ? argument : []
  if (typeof resource !== 'string' || typeof attribute !== 'string' || more.length > 0) return undefined
  return /^[^.]+$/.test(resource) ? `${resource}.${attribute}` : undefined
}

/** A list of functions' arguments fits on the line of its function when nothing in it has lines of its own. */
const isBrief = (list: readonly unknown[]): boolean =>
  !hasGroups(list) && JSON.stringify(list.map(untagged)).length < 60

const untagged = (value: unknown): unknown => {
  const content = shortForm(value)?.argument ?? value
  return Array.isArray(content) ? content.map(untagged) : content
}

const hasGroups = (value: unknown): boolean => {
  const content = shortForm(value)?.argument ?? value
  return Array.isArray(content) ? content.some(hasGroups) : isGroup(content)
}

const brief = (list: readonly unknown[]): string =>
  `[${list
    .map((item) => {
      const short = shortForm(item)
      const content = short ? short.argument : item
      return `${short ? `!${short.name} ` : ''}${Array.isArray(content) ? brief(content) : scalar(content)}`
    })
    .join(', ')}]`

/** A text on its own line, in a block, or in quotation marks; without an indentation there is no room for a block. */
function scalar(value: unknown, indent?: string): string {
  if (typeof value !== 'string') return String(value ?? null)
  if (isPlain(value) && (indent !== undefined || !/[[\]{},]/.test(value))) return value
  if (indent === undefined || !value.includes('\n') || !BLOCK.test(value) || UNPRINTABLE.test(value))
    return quoted(value)
  const text = value.endsWith('\n') ? value.slice(0, -1) : value
  return `${text === value ? '|-' : '|'}\n${indent}${text.replace(/\n+/g, `$&${indent}`)}`
}

/** What has nothing at its ends that a block would swallow. */
const BLOCK = /^\S(?:[\s\S]*\S)?\n?$/
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u2028\u2029\ufeff]|\p{Cs}/u

/** What YAML 1.1 would read as a number, a date, a truth value or nothing, or merge. */
const OTHER_TYPES =
  /^(?:[-+]?(?:0b[01_]+|0x[\da-f_]+|(?:\d[\d_]*(?::[0-5]?\d)*)?(?:\.[\d_]*)?(?:e[-+]?\d+)?|\.inf)|\.nan|\d{4}-\d\d?-\d\d?(?:[t\s].*)?|y|n|yes|no|on|off|true|false|null|~|=|<<|)$/i
/** Signs that begin something else, a name's or a comment's sign within, and blanks that would be lost. */
const SIGNS = /^[\s,[\]{}#&*!|>'"%@`]|^[-?](?:\s|$)|:\s|\s#|[\s:]$|\n/

const isPlain = (text: string): boolean => !SIGNS.test(text) && !OTHER_TYPES.test(text) && !UNPRINTABLE.test(text)

function quoted(text: string): string {
  if (text.includes('"') && !text.includes("'") && !text.includes('\n') && !UNPRINTABLE.test(text)) return `'${text}'`
  const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, escaped)
}
