import type { Context } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { localFiles, parseEnvFile, problemsOfFiles, withFiles } from '../../plan/manifest/env-file.ts'
import type { Environment } from '../../plan/manifest/model.ts'

/** The environment with the variables of the files beside the manifest. Throws for a file that is not there or not sound. */
export async function withEnvFiles(environment: Environment, folder: string, { files }: Context): Promise<Environment> {
  const read = await Promise.all(
    localFiles(environment).map(async (file) => {
      const text = await files.read(files.absolute(folder, file))
      if (text === undefined) throw unsound(file, [`there is no ${file}`])
      const parsed = parseEnvFile(text)
      if (parsed.problems.length > 0) throw unsound(file, parsed.problems)
      return [file, parsed] as const
    }),
  )
  const filled = withFiles(environment, new Map(read))
  const problems = problemsOfFiles(filled)
  if (problems.length > 0) throw unsound(read.map(([file]) => file).join(', '), problems)
  return filled
}

const unsound = (file: string, problems: readonly string[]): UserError =>
  new UserError('usage', `The variables of ${file} cannot be used`, {
    hint: 'mend the file that env_file: names, or leave env_file out',
    problems: problems.map((message) => ({ path: file, message })),
  })
