import { UserError } from '../../errors.ts'
import type { Environment } from './model.ts'
import { meant } from './nearest.ts'

/** What a manifest that was found right says, whether it was read now or before. */
export interface Project {
  readonly app: string
  readonly names: readonly string[]
  /** Throws a UserError when there is none of that name, or with every problem that is found only in it. */
  environment(name: string): Promise<Environment>
}

export const knownProject = (file: string, environments: readonly Environment[]): Project => {
  const names = environments.map(({ name }) => name)
  return {
    app: environments[0]?.app ?? '',
    names,
    async environment(name) {
      const found = environments.find((one) => one.name === name)
      if (found === undefined) throw unknownEnvironment(file, name, names)
      return found
    },
  }
}

export const unknownEnvironment = (file: string, name: string, known: readonly string[]): UserError =>
  new UserError('usage', `${file} has no environment ${name}${meant(name, known)}`, {
    hint: `add it below environments: in ${file}, or use --env ${known[0]}`,
  })
