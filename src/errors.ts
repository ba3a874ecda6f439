/** How a command can end, and the exit code that says so (product: scripts rely on these). */
export const exitCodes = {
  done: 0,
  failed: 1,
  cancelled: 1,
  usage: 2,
  preflight: 3,
  'rolled-back': 4,
  'lost-contact': 5,
  busy: 6,
  capacity: 7,
  'cost-guard': 8,
  differences: 10,
  bug: 70,
  'timed-out': 124,
  interrupted: 130,
} as const

export type Outcome = keyof typeof exitCodes

/** One thing that is wrong with what the user gave, and where. Lines and columns count from 1. */
export interface Problem {
  readonly message: string
  /** Such as `services.web.cpu`, or the flag. */
  readonly path?: string
  readonly line?: number
  readonly column?: number
  /** What mends it. */
  readonly hint?: string
}

export interface Explanation {
  readonly outcome: Outcome
  /** What happened and why; may have several lines. */
  readonly message: string
  /** The next command to paste, or what to change. */
  readonly hint?: string
  readonly problems?: readonly Problem[]
}

/** Something that the user can mend. Everything else that is thrown is a bug of ours. */
export class UserError extends Error {
  readonly outcome: Outcome
  readonly hint: string | undefined
  readonly problems: readonly Problem[]

  constructor(
    outcome: Outcome,
    message: string,
    more: { hint?: string; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.outcome = outcome
    this.hint = more.hint
    this.problems = more.problems ?? []
  }
}

const permission = [
  'may not be used by you: permission denied',
  'let this user read and write it, or name another place',
]
const space = ['cannot be written: there is no room left', 'make room on the disk, and run the same again']

/** What a disk refuses: whoever runs us can mend it, and it is the same for whatever we wanted there. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: ['cannot be written: the disk is read-only', 'name another place, or mount it so that it can be written'],
  ENOSPC: space,
  EDQUOT: space,
  EISDIR: ['is a folder', 'name a file'],
  EEXIST: ['is a file', 'name a folder'],
  ENOENT: ['is not there', 'make the folder that it is to be in, or name another place'],
  ENOTDIR: ['cannot be there: a part of that path is a file', 'name a folder'],
}

/** What a command is about, as far as its flags say. */
export interface Target {
  readonly manifest?: string
  readonly env?: string
  readonly region?: string
  readonly profile?: string
  readonly local?: boolean
}

/** Any thrown value in words, with commands for the same target. A bug brings its stack: it is what a report needs. */
export function explain(error: unknown, target: Target = {}): Explanation {
  const { hint, problems, ...rest } = inWords(error)
  const aim = (one: Problem) => (one.hint === undefined ? one : { ...one, hint: aimed(one.hint, target) })
  return {
    ...rest,
    ...(hint !== undefined && { hint: aimed(hint, target) }),
    ...(problems !== undefined && { problems: problems.map(aim) }),
  }
}

const COMMAND = /\bimg2vid (?:deploy|destroy|doctor|logs|render|scale|status|watch|why)\b(?=([^;,]*))/g

/** A command to paste says what it is about: what follows a rehearsal must not reach AWS, nor another environment. */
function aimed(hint: string, { manifest, local, ...named }: Target): string {
  const given = { ...(manifest !== 'img2vid.yaml' && { manifest }), ...named }
  const flags = (['manifest', 'env', 'region', 'profile'] as const)
    .flatMap((name) => (given[name] === undefined ? [] : [`--${name} ${quoted(given[name])}`]))
    .concat(local ? ['--local'] : [])
  return hint.replace(COMMAND, (command, rest: string) => {
    const isThere = (flag: string) => rest.includes(flag.split(' ', 1)[0] ?? '')
    return [command, ...flags.filter((flag) => !isThere(flag))].join(' ')
  })
}

const quoted = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : `'${text}'`)

function inWords(error: unknown): Explanation {
  if (error instanceof UserError) {
    const { outcome, message, hint, problems } = error
    return { outcome, message, ...(hint !== undefined && { hint }), ...(problems.length > 0 && { problems }) }
  }
  const { code = '', path } = (error ?? {}) as NodeJS.ErrnoException
  const [why, hint] = refusals[code] ?? []
  if (path !== undefined && why && hint) return { outcome: 'failed', message: `${path} ${why}`, hint }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    outcome: 'bug',
    message: `This is a bug in img2vid: ${text}`,
    hint: 'Please report it with the lines above.',
  }
}
