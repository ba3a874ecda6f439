import type { Ask } from '../context.ts'
import { UserError } from '../errors.ts'

/** Questions at the terminal, on stderr: stdout is for results. `hold` keeps the screen still while somebody is asked. */
export function terminalAsk(hold: () => () => void): Ask {
  const output = { output: process.stderr }
  const whole = <Answer>(question: () => Promise<Answer>) => {
    const release = hold()
    return unlessInterrupted(question()).finally(release)
  }
  return {
    interactive: true,
    async text({ message, initial, validate }) {
      const { input } = await import('@inquirer/prompts')
      const check = validate && ((answer: string) => validate(answer) ?? true)
      return whole(() =>
        input(
          { message, ...(initial !== undefined && { default: initial }), ...(check && { validate: check }) },
          output,
        ),
      )
    },
    async choose({ message, choices, initial, signal }) {
      const { select } = await import('@inquirer/prompts')
      const options = choices.map(({ value, label }) => ({ value, name: label }))
      return whole(() =>
        select(
          { message, choices: options, ...(initial !== undefined && { default: initial }) },
          { ...output, ...(signal && { signal }) },
        ),
      )
    },
    async chooseSome({ message, choices }) {
      const { checkbox } = await import('@inquirer/prompts')
      const options = choices.map(({ value, label, checked }) => ({ value, name: label, checked }))
      return whole(() => checkbox({ message, choices: options, required: true }, output))
    },
    async confirm({ message, initial }) {
      const { confirm } = await import('@inquirer/prompts')
      return whole(() => confirm({ message, default: initial }, output))
    },
  }
}

/** Ctrl-C at a question ends the command; nothing has happened yet. */
async function unlessInterrupted<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if ((error as Error).name !== 'ExitPromptError') throw error
    throw new UserError('interrupted', 'Stopped at the question; nothing was changed', { cause: error })
  }
}

/** Nobody is there to answer: commands ask for flags instead. */
export const noAsk: Ask = {
  interactive: false,
  text: unasked,
  choose: unasked,
  chooseSome: unasked,
  confirm: unasked,
}

async function unasked(): Promise<never> {
  throw new Error('a question was asked where nobody can answer it')
}
