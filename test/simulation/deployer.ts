import type { Context } from '../../src/context.ts'
import { simulatedAws } from './aws.ts'
import { FLAGS, type User } from './command.ts'
import { mortal } from './life.ts'
import { contextOf, type Machine } from './machine.ts'
import { type Project, writeTo } from './project.ts'
import { warmUp } from './simulate.ts'

const web = {
  name: 'web',
  http: true,
  count: 1,
  setting: 1,
  program: 'works',
  version: 1,
} as const

/** A folder with a web service in some environments, and an AWS of its own. */
export async function deployer(environments: readonly string[], compute: 'fargate' | 'gpu' = 'fargate') {
  await warmUp()
  const aws = simulatedAws(1)
  const project: Project = { environments, services: [{ ...web, compute }] }
  const contextFor = (who: string, image?: Machine['image']): Context => {
    const user: User = { who, folder: {}, images: new Map(), project, ...(image && { image }) }
    writeTo(user.folder, project)
    return contextOf(aws, { machine: user, life: mortal(), random: aws.fork(), show: () => {} })
  }
  /** What an action comes to, and what it took. */
  const measured = async <Result>(action: () => Promise<Result>) => {
    const [calls, begun] = [aws.calls.length, aws.clock.now().getTime()]
    let over = false
    const end = () => {
      over = true
    }
    const going = action()
    going.then(end, end)
    await aws.clock.until(() => over)
    return { result: await going, calls: aws.calls.slice(calls), seconds: (aws.clock.now().getTime() - begun) / 1_000 }
  }
  return { aws, contextFor, measured, flags: FLAGS }
}

export const isThrottled = ({ answer }: { answer: string }): boolean => /Throttling/.test(answer)
