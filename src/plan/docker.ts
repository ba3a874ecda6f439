import { registriesIn } from './image-location.ts'
import type { Build } from './manifest/model.ts'

/** A program with its arguments; no shell ever sees it. */
export interface CommandLine {
  readonly program: string
  readonly args: readonly string[]
  /** Written to its standard input: the only way for a secret. */
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** A folder whose programs it finds first. */
  readonly path?: string
}

/** The name of an image that is built for the local engine alone. */
export const localImage = (app: string, service: string, tag: string): string => `img2vid/${app}-${service}:${tag}`

/** What a build leaves: an image with a name, or one without and a file with its id. */
export type BuildResult = { readonly tag: string } | { readonly iidfile: string }

/** `docker build` for a service; the settings are those that make another image of the same files. */
export function buildCommand(build: Build, platform: string, result: BuildResult, paths: BuildPaths): CommandLine {
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [`--${flag}`, value])
  return {
    program: 'docker',
    args: [
      'build',
      '--platform',
      platform,
      '--file',
      paths.dockerfile,
      ...(build.target === undefined ? [] : ['--target', build.target]),
      ...Object.entries(build.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...each(
        'secret',
        build.secrets.map((secret) => secretSource(secret, paths)),
      ),
      ...each('ssh', build.ssh),
      ...each('cache-from', build.cacheFrom),
      ...each('cache-to', build.cacheTo),
      ...Object.entries(result).flatMap(([option, value]) => [`--${option}`, value]),
      paths.context,
    ],
    ...(needsBuildKit(build) && { env: { DOCKER_BUILDKIT: '1' } }),
  }
}

/** Where a secret is read from, never what it is: everybody sees the arguments of a process. */
function secretSource(secret: Build['secrets'][number], { absolute }: BuildPaths): string {
  const source = 'file' in secret ? `src=${absolute(secret.file)}` : `env=${secret.env}`
  return `id=${secret.id},${source}`
}

/** Docker's older builder knows neither secrets nor keys, and keeps its layers to itself. */
export const needsBuildKit = ({ secrets, ssh, cacheTo }: Build): boolean =>
  secrets.length + ssh.length + cacheTo.length > 0

export const INSTALL_BUILDX = 'install its plugin, on Debian and Ubuntu by: sudo apt-get install docker-buildx'

export const buildxCommand: CommandLine = { program: 'docker', args: ['buildx', 'version'] }

/** Absolute paths. */
export interface BuildPaths {
  readonly context: string
  readonly dockerfile: string
  /** Of a path as the manifest has it. */
  absolute(path: string): string
}

/** The registries of ECR from which a build takes images and layers, or to which it gives layers. */
export const registriesOf = ({ args, cacheFrom, cacheTo }: Build, dockerfile: string): string[] =>
  registriesIn([dockerfile, ...Object.values(args), ...cacheFrom, ...cacheTo].join('\n'))

/** What beside files decides over the image: part of its content tag. */
export const buildSettings = (build: Build, platform: string): string[] => [
  platform,
  build.target ?? '',
  ...Object.entries(build.args)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`),
]

/** A content digest as a tag that says what it is. */
export const contentTag = (digest: string): string => `content-${digest.slice(0, 16)}`

/** The tag of what stands for an image that no engine was there to build: it must never be taken for the image. */
export const placeholderTag = (tag: string): string => tag.replace('content-', 'simulated-')

/** The commit as a tag. */
export const commitTag = (commit: string): string => `git-${commit.slice(0, 12)}`

const HELPER = 'img2vid'
const LOGIN = 'IMG2VID_REGISTRY_LOGIN'

/**
 * The files of a configuration by which Docker asks a program for the password of registries; all else is as in the
 * user's own. The program has it from its environment: on a disk, as `docker login` leaves it, it would outlive whoever
 * is stopped.
 */
export function dockerConfiguration(
  registries: readonly string[],
  own: { readonly credHelpers?: object } = {},
): Readonly<Record<string, string>> {
  const helpers = Object.fromEntries(registries.map((registry) => [registry, HELPER]))
  return {
    'config.json': JSON.stringify({ ...own, credHelpers: { ...own.credHelpers, ...helpers } }),
    [`docker-credential-${HELPER}`]: `#!/bin/sh\nprintf %s "$${LOGIN}"\n`,
    [`docker-credential-${HELPER}.cmd`]: `@echo %${LOGIN}%\r\n`,
  }
}

export const tagCommand = (image: string, reference: string): CommandLine => ({
  program: 'docker',
  args: ['tag', image, reference],
})

/** One of docker's commands with a configuration that `dockerConfiguration` made, in this folder. */
export const loggedIn = (command: CommandLine, configuration: string, password: string): CommandLine => ({
  ...command,
  args: ['--config', configuration, ...command.args],
  path: configuration,
  env: { ...command.env, [LOGIN]: JSON.stringify({ Username: 'AWS', Secret: password }) },
})

export const pushCommand = (reference: string): CommandLine => ({ program: 'docker', args: ['push', reference] })

export const saveCommand = (image: string): CommandLine => ({ program: 'docker', args: ['save', image] })

/** Ends with 0 when an engine can be talked to, and says its platform, such as `linux/amd64`. */
export const versionCommand: CommandLine = {
  program: 'docker',
  args: ['version', '--format', '{{.Server.Os}}/{{.Server.Arch}}'],
}

/**
 * Whether a build ended by no fault of its own. Docker's older builder looks through every image of the engine for what it
 * has built before, and stumbles over one that something else is just removing (moby's `image/cache`, as seen with 20.10).
 */
export const hasStumbled = (lines: readonly string[]): boolean =>
  /^unable to find image "sha256:[0-9a-f]{64}"$/.test(lines.at(-1) ?? '')

/** Says for which platforms the engine runs programs. */
export const builderCommand: CommandLine = { program: 'docker', args: ['buildx', 'inspect'] }

/** Says an image's platform. */
export const platformCommand = (image: string): CommandLine => ({
  program: 'docker',
  args: ['image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', image],
})
