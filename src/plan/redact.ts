const REMOVED = '[removed]'

/** What looks like a secret, with the part before it that may stay. */
const SECRETS: readonly RegExp[] = [
  // Passwords in addresses
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi,
  // Ids of AWS access keys, and tokens of well-known issuers
  /()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /()\b(?:hf_|gh[opsu]_|github_pat_|glpat-|sk-|xox[abp]-)[A-Za-z0-9_-]{16,}/g,
  /()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  // Authorization: Bearer …
  /(\b(?:bearer|basic)\s+)[A-Za-z0-9+/._~=-]{8,}/gi,
  // Signed addresses
  /(\bX-Amz-(?:Signature|Credential|Security-Token)=)[^\s&"']+/gi,
  // password=…, "secret": "…", aws_secret_access_key = …
  /(\b[\w-]*(?:passw(?:or)?d|passphrase|secret|secret_?access_?key|api_?key|private_?key|(?:access|auth|session|refresh|security|hub|hf)_?token)["']?\s*(?:=|:(?=\s*["']))\s*["']?)[^\s"',;&]+/gi,
  /(\bpassw(?:or)?d:\s+)\S+/gi,
  // The body of a PEM
  /(^\s*)(?![0-9a-f]+$)[A-Za-z0-9+/]{64}(?=\s*$)/gm,
]

/** A text without what looks like keys, tokens and passwords: containers print what they should not. */
export const redacted = (text: string): string =>
  SECRETS.reduce((clean, secret) => clean.replace(secret, `$1${REMOVED}`), text)

/** The same of each text that a value has. */
export const redactedTexts = <Value extends object>(value: Value): Value =>
  Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, typeof part === 'string' ? redacted(part) : part]),
  ) as Value
