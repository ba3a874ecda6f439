import type { Context } from '../../context.ts'
import { parseEnvFile, problemsOfFiles, readersOfFiles, withFiles } from '../../plan/manifest/env-file.ts'
import { manifestError } from '../../plan/manifest/manifest-error.ts'
import type { Environment } from '../../plan/manifest/model.ts'

/** The environment with the variables of the files beside the manifest. Throws with all that is missing or not sound in them. */
export async function withEnvFiles(
  environment: Environment,
  { file, folder }: { readonly file: string; readonly folder: string },
  { files }: Context,
): Promise<Environment> {
  const named = [...new Set(readersOfFiles(environment).map(({ file }) => file))]
  const read = await Promise.all(
    named.map(async (name) => {
      const text = await files.read(files.absolute(folder, name))
      return text === undefined ? [] : [[name, parseEnvFile(text)] as const]
    }),
  )
  const found = new Map(read.flat())
  const problems = problemsOfFiles(environment, found)
  if (problems.length > 0) throw manifestError(file, problems)
  return withFiles(environment, found)
}
