import { orList } from '../text.ts'
import type { Finding } from './finding.ts'

interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Why no engine answers `docker version`, and what to do. */
export const noEngine = ({ exitCode, stderr }: Ran): { readonly message: string; readonly hint: string } => ({
  message: `No Docker engine answers: ${stderr.trim().split('\n').at(-1) ?? ''}`,
  hint: exitCode === 127 ? 'install Docker and start it' : 'start Docker, then run the same command again',
})

/** DOCK01: there is an engine, and it runs programs of the platforms that images are built for. */
export async function engineFindings(
  version: Ran,
  platforms: readonly string[],
  builder: () => Promise<Ran>,
): Promise<Finding[]> {
  if (version.exitCode !== 0) return [{ code: 'DOCK01', severity: 'error', ...noEngine(version) }]
  const own = version.stdout.trim()
  const foreign = platforms.filter((platform) => platform !== own)
  if (foreign.length === 0) return []
  const { exitCode, stdout } = await builder()
  const able = exitCode === 0 ? builderPlatforms(stdout) : undefined
  const lacking = foreign.filter((platform) => !able?.includes(platform))
  if (lacking.length === 0) return []
  const emulates = able
    ? `the engine runs no programs for ${orList(lacking)}`
    : `whether the engine runs programs for ${orList(lacking)} cannot be told without docker buildx`
  return [
    {
      code: 'DOCK01',
      severity: 'warning',
      message: `${emulates}; it is ${own}, and RUN in a Dockerfile needs them`,
      hint: `docker run --privileged --rm tonistiigi/binfmt --install ${lacking.map((platform) => platform.replace(/^.*\//, '')).join(',')}`,
    },
  ]
}

/** The line `Platforms: linux/amd64*, linux/arm64` of `docker buildx inspect`, where `*` marks what was asked for. */
const builderPlatforms = (text: string): string[] =>
  [...text.matchAll(/^Platforms:\s*(.*)$/gm)].flatMap(([, list = '']) =>
    list.split(',').map((platform) => platform.trim().replace(/\*$/, '')),
  )
