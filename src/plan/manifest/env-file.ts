import { isInS3 } from '../features/env-file.ts'
import { secrets } from '../features/secrets.ts'
import { variables } from '../features/variables.ts'
import type { Environment, Service } from './model.ts'
import type { ContainerSettings } from './schema.ts'

/** The files of variables on this machine that an environment's containers name. */
export const localFiles = ({ services }: Environment): string[] => [
  ...new Set(
    services.flatMap(({ settings }) =>
      [settings, ...Object.values(settings.sidecars ?? {})].flatMap(({ env_file: file }) =>
        file === undefined || isInS3(file) ? [] : [file],
      ),
    ),
  ),
]

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
  const { sidecars } = settings
  return {
    ...service,
    settings: {
      ...filled(settings, files),
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

/** What no file may say either: the same as of variables in the manifest. */
export function problemsOfFiles({ services }: Environment): string[] {
  const checks = [variables, secrets].flatMap(({ containerChecks = [] }) => containerChecks)
  return services.flatMap((service) =>
    Object.entries({ [service.name]: service.settings, ...service.settings.sidecars }).flatMap(([name, settings]) =>
      settings.env_file === undefined
        ? []
        : checks
            .flatMap((check) => check(settings as ContainerSettings, service))
            .map(({ at, message }) => `${at.at(-1)} of ${name} ${message}`),
    ),
  )
}
