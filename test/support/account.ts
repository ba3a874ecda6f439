import { connectAws } from '../../src/aws/aws.ts'
import type { Construct } from '../../src/aws/lazy-client.ts'
import type { Context } from '../../src/context.ts'
import type { TestWorld } from './context.ts'

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly expiration?: Date
  readonly $source?: object
}

/** The same world taken for an account: commands do not know that it is the embedded AWS. */
export function asAccount({ context, aws }: TestWorld, more: Partial<Credentials> = {}): Context {
  const construct: Construct = (type, settings) =>
    new type({ ...settings, endpoint: aws.endpoint, credentials: { ...aws.client.credentials, ...more } })
  return {
    ...context,
    connect: (target) =>
      connectAws({ ...target, region: target.region ?? aws.client.region }, context.clock, context.chance, construct),
  }
}

/** Answers for `docker` in the place of an engine; by what its command line begins with. */
export function withDocker(context: Context, answers: Readonly<Record<string, string>>): Context {
  return {
    ...context,
    run: async (command, line) => {
      const text = [command.program, ...command.args].join(' ')
      const found = Object.keys(answers).find((start) => text.startsWith(start))
      if (command.program !== 'docker') return context.run(command, line)
      return found === undefined
        ? { exitCode: 1, stdout: '', stderr: `unknown command: ${text}` }
        : { exitCode: 0, stdout: `${answers[found]}\n`, stderr: '' }
    },
  }
}
