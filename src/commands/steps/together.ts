import type { Ask, Context, Interrupts, Progress } from '../../context.ts'
import { UserError } from '../../errors.ts'

/** What several environments share that are worked on in one process: connections, what is done once, the person. */
export interface Together {
  /** As a command for this environment alone sees it. */
  contextFor(environment: string): Context
  /** Runs them all; a person or a time-out can leave them, all at once. */
  during<Result>(action: () => Promise<Result>, timeout: number | undefined): Promise<Result>
}

type Decide = Parameters<Interrupts['during']>[0]['decide']

export function together(context: Context): Together {
  const once = memo()
  const asked = whileGoingOn()
  const told = new Set<string>()
  const deciders = new Set<Decide>()
  const { local, connect } = context

  const contextFor = (environment: string): Context => ({
    ...context,
    once,
    ui: { show: (progress) => retell(progress, environment, told, context) },
    ask: askingOnce(context.ask, asked),
    local: { ...local, start: (folder) => once(`local ${folder}`, () => local.start(folder)) },
    // One connection is one limit for all its calls.
    connect: (target) =>
      once(`connect ${JSON.stringify(target)}`, async () => {
        const aws = await connect(target)
        return { ...aws, ...askedOnce({ account: aws.account }), lookups: askedOnce(aws.lookups) }
      }),
    interrupts: {
      async during({ action, decide }) {
        deciders.add(decide)
        try {
          return await action()
        } finally {
          deciders.delete(decide)
        }
      },
    },
  })

  return {
    contextFor,
    during: (action, timeout) =>
      context.interrupts.during({
        action,
        async decide(why, over) {
          const decided = await Promise.allSettled([...deciders].map((decide) => decide(why, over)))
          const left = decided.find(({ status }) => status === 'rejected')
          if (left?.status === 'rejected') throw left.reason
          if (decided.length === 0) throw new UserError(why, 'Left; nothing was begun')
        },
        ...(timeout !== undefined && { timeout }),
      }),
  }
}

function memo(): Context['once'] {
  const results = new Map<string, Promise<unknown>>()
  return <Result>(key: string, action: () => Promise<Result>): Promise<Result> => {
    const result = results.get(key) ?? action()
    results.set(key, result)
    return result as Promise<Result>
  }
}

/** What does not change while a command runs is looked up once. */
function askedOnce<Questions extends object>(questions: Questions): Questions {
  const once = memo()
  const asked = Object.entries(questions).map(([name, ask]) => [
    name,
    (...about: unknown[]) => once(`${name} ${JSON.stringify(about)}`, () => ask(...about)),
  ])
  return Object.fromEntries(asked) as Questions
}

/** Who comes while it goes on has part in it; afterwards it is done anew. */
function whileGoingOn(): Context['once'] {
  const going = new Map<string, Promise<unknown>>()
  return <Result>(key: string, action: () => Promise<Result>): Promise<Result> => {
    const result = going.get(key) ?? action().finally(() => going.delete(key))
    going.set(key, result)
    return result as Promise<Result>
  }
}

/** What is asked for each of them in the same words at the same time is asked once. */
const askingOnce = (ask: Ask, once: Context['once']): Ask => ({
  ...ask,
  choose: (question) => once(question.message, () => ask.choose(question)),
  confirm: (question) => once(question.message, () => ask.confirm(question)),
})

/** An environment is one lane: what it is at, and what fails in it. What is told of each of them is told once. */
function retell(progress: Progress, environment: string, told: Set<string>, { ui }: Context): void {
  if (progress.type === 'note') {
    if (told.has(progress.text)) return
    told.add(progress.text)
    ui.show(progress)
  } else if (progress.type === 'lane') {
    ui.show({ type: 'lane', lane: environment, state: 'running', text: `${progress.lane} ${progress.text}` })
  } else if (progress.type === 'resource' && progress.state === 'failed') {
    ui.show({ ...progress, lane: environment, resource: `${progress.lane} ${progress.resource}` })
  }
}
