import { type Problem, UserError } from '../../errors.ts'

export const manifestError = (file: string, problems: readonly Problem[]): UserError =>
  new UserError('usage', `${file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`, {
    problems,
  })
