import type { ContainerCheck } from '../manifest/checks/places.ts'
import { command as line } from '../manifest/fields.ts'
import { splitWords } from '../manifest/words.ts'
import type { Feature } from './feature.ts'

export const commandFields = {
  command: line.optional().describe('overrides the image’s command'),
  entrypoint: line.optional().describe('overrides the image’s entry point'),
}

/** Words as a shell would read them; a quotation mark that is not closed is a finding of its own. */
const words = (text: string | readonly string[] | undefined): readonly string[] | undefined =>
  typeof text === 'string' ? (splitWords(text) ?? [text]) : text

const quotationMarks: ContainerCheck = ({ command, entrypoint }) =>
  Object.entries({ command, entrypoint }).flatMap(([key, text]) =>
    typeof text === 'string' && splitWords(text) === undefined
      ? [{ at: [key], message: 'a quotation mark is not closed' }]
      : [],
  )

export const command: Feature = {
  containerChecks: [quotationMarks],
  container: (settings) => ({
    ...(settings.entrypoint && { EntryPoint: words(settings.entrypoint) }),
    ...(settings.command && { Command: words(settings.command) }),
  }),
}
