import * as z from 'zod'
import { text } from '../manifest/fields.ts'
import type { Json, Template } from '../template.ts'

const override = z
  .strictObject({
    path: text.describe(
      'place in the template, as Resources.TaskService.Properties… or /Resources/TaskService/Properties…',
    ),
    value: z.unknown().optional().describe('what stands there instead'),
    remove: z.literal(true).optional().describe('nothing stands there any more'),
  })
  .refine((one) => 'value' in one !== (one.remove === true), 'needs either a value, or remove: true')

/** One change of a rendered template. */
export type Override = z.infer<typeof override>

export const overridesFields = {
  overrides: z.array(override).optional().describe('changes of the rendered template, made last'),
}

export const taskOverridesFields = {
  taskdef_overrides: z
    .array(z.strictObject({ path: text.describe('place in the task definition'), value: z.unknown() }))
    .optional()
    .describe('the same of the task definition, as Copilot has it'),
}

/** An override and where the manifest has it. */
export type Placed = Override & { readonly at: readonly (string | number)[] }

/** All overrides of a service or an environment, in the order in which they are made. */
export const overridesOf = ({
  overrides = [],
  taskdef_overrides: ofTasks = [],
}: {
  readonly overrides?: readonly Override[] | undefined
  readonly taskdef_overrides?: readonly Pick<Override, 'path' | 'value'>[] | undefined
}): Placed[] => [
  ...ofTasks.map(({ path, value }, index) => {
    return { path: `Resources.TaskDefinition.Properties.${path}`, value, at: ['taskdef_overrides', index] }
  }),
  ...overrides.map((one, index) => ({ ...one, at: ['overrides', index] })),
]

export interface OverrideProblem {
  readonly at: Placed['at']
  readonly message: string
}

/** The template with all overrides that can be made, and what is wrong with the others. */
export function applyOverrides(
  template: Template,
  overrides: readonly Placed[],
): { readonly template: Template; readonly problems: readonly OverrideProblem[] } {
  const problems: OverrideProblem[] = []
  let changed: unknown = template
  for (const override of overrides) {
    try {
      const steps = stepsOf(override.path)
      checkPlace(template, steps, override)
      changed = changedAt(changed, steps, override, '')
    } catch (error) {
      if (!(error instanceof Misplaced)) throw error
      problems.push({ at: override.at, message: error.message })
    }
  }
  return { template: changed as Template, problems }
}

/** The overrides have been checked when a stack is made: one that cannot be made would be a bug. */
export const withOverrides = (template: Template, settings: Parameters<typeof overridesOf>[0]): Template =>
  applyOverrides(template, overridesOf(settings)).template

class Misplaced extends Error {}

type Step = string

/** `A.B[0].C[-]` as Copilot writes it, or a JSON pointer: `/A/B/0/C/-`. */
export function stepsOf(path: string): readonly Step[] {
  if (!path.startsWith('/')) return path.replace(/\[(\d+|-)\]/g, '.$1').split('.')
  const steps = path.slice(1).split('/')
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const SECTIONS = ['Resources', 'Outputs', 'Parameters', 'Conditions'] as const

function checkPlace(
  template: Template,
  [section = '', name = '', ...rest]: readonly Step[],
  { remove }: Override,
): void {
  const known = SECTIONS.find((one) => one === section)
  if (!known) throw new Misplaced(`begins with ${section || 'nothing'}; it has to be ${SECTIONS.join(', ')}`)
  if (name === '') throw new Misplaced(`needs a name behind ${section}`)
  const isWhole = rest.length === 0 && remove !== true
  if (Object.hasOwn(template[known], name) || isWhole) return
  throw new Misplaced(`the template has no ${name} in ${section}; there are ${Object.keys(template[known]).join(', ')}`)
}

const isGroup = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function changedAt(value: unknown, [step, ...rest]: readonly Step[], override: Override, above: string): unknown {
  if (step === undefined) return override.value
  const here = above === '' ? step : `${above}.${step}`
  const before = value ?? (/^(-|\d+)$/.test(step) ? [] : {})
  if (Array.isArray(before)) return inList(before, step, rest, override, here)
  if (!isGroup(before)) throw new Misplaced(`${above} is no group, but ${JSON.stringify(before)}`)
  const isLast = rest.length === 0
  if (override.remove && (isLast || !Object.hasOwn(before, step))) {
    if (!Object.hasOwn(before, step)) throw new Misplaced(`there is no ${here} to remove`)
    return Object.fromEntries(Object.entries(before).filter(([key]) => key !== step))
  }
  return { ...before, [step]: changedAt(before[step], rest, override, here) }
}

function inList(
  list: readonly unknown[],
  step: Step,
  rest: readonly Step[],
  override: Override,
  here: string,
): unknown[] {
  const index = step === '-' ? list.length : Number(step)
  const most = override.remove ? list.length - 1 : list.length
  if (!Number.isInteger(index) || index > most) {
    throw new Misplaced(
      `${here} is out of range: the list has ${list.length === 1 ? 'one item' : `${list.length} items`}`,
    )
  }
  if (override.remove && rest.length === 0) return list.filter((_item, place) => place !== index)
  return [...list.slice(0, index), changedAt(list[index], rest, override, here), ...list.slice(index + 1)]
}
