import { UserError } from '../../errors.ts'

/** Waits for the end of all that has begun, so that nothing goes on unattended when something fails. Throws all that failed. */
export async function seenThrough(all: readonly Promise<unknown>[]): Promise<void> {
  const failures: unknown[] = []
  for (const one of all) one.catch((error) => failures.push(error))
  await Promise.allSettled(all)
  if (failures.length > 0) throw together(failures)
}

/** All that failed, in its order: what waits for another thing fails with the same error. A bug comes before all else. */
function together(failures: readonly unknown[]): unknown {
  const bug = failures.find((one) => !(one instanceof UserError))
  const [first, ...others] = [...new Set(failures)].filter((one) => one instanceof UserError)
  if (bug !== undefined || !first || others.length === 0) return bug ?? first
  const { outcome, message, hint, problems } = first
  const further = others.flatMap((one) => [
    { message: one.message, ...(one.hint !== undefined && { hint: one.hint }) },
    ...one.problems,
  ])
  return new UserError(outcome, message, {
    ...(hint !== undefined && { hint }),
    problems: [...problems, ...further],
    cause: first,
  })
}
