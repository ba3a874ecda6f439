import type { Problem } from '../../errors.ts'
import { isInS3 } from '../features/env-file.ts'
import { secrets } from '../features/secrets.ts'
import { variables } from '../features/variables.ts'
import { withRouters } from './containers.ts'
import type { Environment, Service } from './model.ts'
import type { ContainerSettings } from './schema.ts'

/** A container that has variables in a file on this machine, with the place where the manifest says so. */
interface Reader {
  readonly place: string
  readonly file: string
  readonly settings: ContainerSettings
  readonly service: Service
}

const readersOf = (service: Service): Reader[] =>
  withRouters(service.name, service.settings).flatMap(({ settings, place }) => {
    const { env_file: file } = settings
    if (file === undefined || isInS3(file)) return []
    return [{ place: ['services', service.name, ...place(['env_file'])].join('.'), file, settings, service }]
  })

export const readersOfFiles = ({ services }: Environment): Reader[] => services.flatMap(readersOf)

export interface EnvFile {
  readonly variables: Readonly<Record<string, string>>
  /** With the number of its line. */
  readonly problems: readonly string[]
}

/** Lines of `NAME=value`, as Docker and ECS read them: quotes are a part of the value, `#` begins a comment. */
export function parseEnvFile(text: string): EnvFile {
  const variables: Record<string, string> = {}
  const problems: string[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.trimStart()) ?? []
    if (name === undefined) problems.push(`line ${index + 1} is not NAME=value`)
    else variables[name] = value
  }
  return { variables, problems }
}

type Files = ReadonlyMap<string, EnvFile>

/** The environment with what its files say among the variables; what the manifest itself says counts more. */
export const withFiles = (environment: Environment, files: Files): Environment => ({
  ...environment,
  services: environment.services.map((service) => withServiceFiles(service, files)),
})

function withServiceFiles(service: Service, files: Files): Service {
  const { settings } = service
  const { sidecars, logging } = settings
  return {
    ...service,
    settings: {
      ...filled(settings, files),
      ...(logging && { logging: filled(logging, files) }),
      ...(sidecars && {
        sidecars: Object.fromEntries(Object.entries(sidecars).map(([name, one]) => [name, filled(one, files)])),
      }),
    },
  }
}

function filled<Settings extends Pick<ContainerSettings, 'env_file' | 'variables'>>(
  settings: Settings,
  files: Files,
): Settings {
  const file = files.get(settings.env_file ?? '')
  return file ? { ...settings, variables: { ...file.variables, ...settings.variables } } : settings
}

const checks = [variables, secrets].flatMap(({ containerChecks = [] }) => containerChecks)

/** What is wrong with the files that an environment names, where it names them; no file may say either what variables may not. */
export const problemsOfFiles = (environment: Environment, files: Files): Problem[] =>
  readersOfFiles(environment).flatMap(({ place: path, file, settings, service }) => {
    const read = files.get(file)
    if (read === undefined) return [{ path, message: `there is no ${file}` }]
    const unsound = read.problems.map((problem) => ({ path, message: `${file}: ${problem}` }))
    const found = checks.flatMap((check) => check(filled(settings, files), service))
    return [...unsound, ...found.map(({ at, message }) => ({ path, message: `${file}: ${at.at(-1)} ${message}` }))]
  })
