import type { Context } from '../context.ts'
import { appStackOf } from '../plan/stacks/app.ts'
import { environmentStackOf } from '../plan/stacks/environment.ts'
import { serviceStackOf } from '../plan/stacks/service.ts'
import { parameterList, type Stack } from '../plan/stacks/stack.ts'
import type { CommonFlags, OverrideFlags } from './flags.ts'
import { planImages } from './steps/images.ts'
import { loadEnvironment } from './steps/manifest.ts'

export interface RenderFlags extends CommonFlags, OverrideFlags {
  /** A folder for the files; without it the templates are the result. */
  readonly out?: string
}

export interface RenderedStack {
  readonly name: string
  readonly template: string
  readonly parameters: readonly { readonly ParameterKey: string; readonly ParameterValue: string }[]
  /** Where they were written, with `--out`. */
  readonly files?: { readonly template: string; readonly parameters: string }
}

export interface Rendered {
  readonly app: string
  readonly environment: string
  /** In the order in which they have to be deployed. */
  readonly stacks: readonly RenderedStack[]
}

/** The finished templates and parameters, without credentials, Docker or any change. */
export async function render(flags: RenderFlags, context: Context): Promise<Rendered> {
  const environment = await loadEnvironment(flags, context)
  const images = await planImages(environment, flags, context)
  const { templates } = context.files
  const app = appStackOf(environment, templates)
  const services = environment.services.map((service) => {
    const tagOf = (name: string) => images.find((planned) => planned.service.name === name)?.tag
    return serviceStackOf(environment, service, (name) => `:${tagOf(name) ?? 'none'}`, templates)
  })
  const stacks = [...(app ? [app] : []), environmentStackOf(environment, templates), ...services]
  if (flags.out !== undefined) await context.files.makeDirectory(flags.out)
  return {
    app: environment.app,
    environment: environment.name,
    stacks: await Promise.all(stacks.map((stack) => rendered(stack, flags.out, context))),
  }
}

async function rendered(stack: Stack, out: string | undefined, { files }: Context): Promise<RenderedStack> {
  const { name, body } = stack
  const parameters = parameterList(stack.parameters)
  const result = { name, template: body, parameters }
  if (out === undefined) return result
  const paths = { template: `${out}/${name}.yaml`, parameters: `${out}/${name}.parameters.json` }
  await files.write(paths.template, body)
  await files.write(paths.parameters, `${JSON.stringify(parameters, null, 2)}\n`)
  return { ...result, files: paths }
}

export function presentRender({ stacks }: Rendered): string {
  const written = stacks.flatMap(({ files }) => (files ? [files.template, files.parameters] : []))
  if (written.length > 0) return written.join('\n')
  return stacks
    .map(({ name, template, parameters }) => {
      const values = parameters.map(({ ParameterKey, ParameterValue }) => `#   ${ParameterKey}: ${ParameterValue}`)
      return [`# Stack ${name}`, ...(values.length > 0 ? ['# Parameters:', ...values] : []), template].join('\n')
    })
    .join('---\n')
}
