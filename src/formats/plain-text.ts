/** What YAML 1.1 would read as a number, a date, a truth value or nothing, or merge. */
const OTHER_TYPES =
  /^(?:[-+]?(?:0b[01_]+|0x[\da-f_]+|(?:\d[\d_]*(?::[0-5]?\d)*)?(?:\.[\d_]*)?(?:e[-+]?\d+)?|\.inf)|\.nan|\d{4}-\d\d?-\d\d?(?:[t\s].*)?|y|n|yes|no|on|off|true|false|null|~|=|<<|)$/i
/** Signs that begin something else, a name's or a comment's sign within, and blanks that would be lost. */
const SIGNS = /^[\s,[\]{}#&*!|>'"%@`]|^[-?](?:\s|$)|:\s|\s#|[\s:]$|\n/

/** What no text shows as it is. */
export const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u2028\u2029\ufeff]|\p{Cs}/u

/** Whether YAML 1.1 reads a text on one line as this very text, without quotation marks. */
export const isPlain = (text: string): boolean =>
  !SIGNS.test(text) && !OTHER_TYPES.test(text) && !UNPRINTABLE.test(text)
