import { validationError } from './find.ts'

/** Throws as AWS does for a name that it would not take; `subject` begins its sentence. */
export function checkName(subject: string, name: string): void {
  const fail = (rule: string) => validationError(`${subject} '${name}' ${rule}`)
  if (name.length > 32) throw fail("cannot be longer than '32' characters")
  if (!/^[a-zA-Z0-9-]+$/.test(name)) {
    throw fail('can only contain characters that are alphanumeric characters or hyphens(-)')
  }
  if (/^-|-$/.test(name)) throw fail('cannot begin or end with a hyphen(-)')
}
