import type { Verdict } from './verdict.ts'

interface ServiceEvent {
  readonly at: Date
  readonly text: string
}

const UNPLACED = /was unable to place a task because (.*)/
const STARTED = /has started \d+ tasks/

/** Why ECS finds no instance for a task: what its service's events say, newest first, unless it has started some since. */
export function unplacedFor(events: readonly ServiceEvent[], since: Date): string | undefined {
  const newest = events.find(({ at, text }) => at > since && (UNPLACED.test(text) || STARTED.test(text)))
  const [, why] = UNPLACED.exec(newest?.text ?? '') ?? []
  return why === undefined ? undefined : inShort(why)
}

/** What the closest instance lacks, or else ECS's first sentence. */
function inShort(why: string): string {
  const [, error] = /encountered error "(.*?)\.?"/.exec(why) ?? []
  const [, lack] = /closest matching \(?container-instance [\w-]+\)? (.*?)\.( |$)/.exec(why) ?? []
  return error ?? (lack === undefined ? (why.split('. ')[0] ?? why) : `the closest instance ${lack}`)
}

/** Where a deployment ended and tasks still had no instance. */
export const placementVerdict = (service: string, reason: string | undefined): Verdict | undefined =>
  reason === undefined
    ? undefined
    : { cause: `${service} has no instance to run on: ${reason}`, advice: adviceFor(reason), task: undefined }

function adviceFor(reason: string): string {
  if (/placement constraint/.test(reason)) return 'correct placement.constraints, which the instances do not meet'
  if (/insufficient/.test(reason)) return 'name larger types in instances, or let host.max_instances be more'
  return 'look with img2vid status at the instances that there are'
}
