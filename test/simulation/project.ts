import type { Random } from '../../src/emulator/random.ts'
import { dockerfileOf, type Program } from './aws.ts'
import { between, chosen, happens } from './draw.ts'
import { type Folder, HOME } from './machine.ts'

export const APP = 'demo'

/** A service as its user has it in the folder. */
export interface Draft {
  readonly name: string
  readonly compute: 'fargate' | 'gpu'
  readonly http: boolean
  readonly count: number
  /** Changes with every change of the manifest. */
  readonly setting: number
  readonly program: Program
  readonly version: number
}

/** Everything in a user's folder. */
export interface Project {
  readonly environments: readonly string[]
  readonly services: readonly Draft[]
}

export const NAMES = ['web', 'api', 'worker']

export function drawProject(random: Random): Project {
  const count = chosen(random, [1, 1, 1, 2, 2, 3])
  return {
    environments: happens(random, 0.2) ? ['dev', 'prod'] : ['dev'],
    services: NAMES.slice(0, count).map((name) => ({
      name,
      compute: happens(random, 0.25) ? 'gpu' : 'fargate',
      http: name !== 'worker' && happens(random, 0.85),
      count: chosen(random, [1, 1, 1, 2, 0]),
      setting: 1,
      program: 'works',
      version: 1,
    })),
  }
}

/** What somebody changes between two deployments. */
export function edited(project: Project, random: Random): Project {
  const { services } = project
  const victim = between(random, 0, services.length - 1)
  const change = (by: (draft: Draft) => Partial<Draft>): Project => ({
    ...project,
    services: services.map((draft, index) => (index === victim ? { ...draft, ...by(draft) } : draft)),
  })
  const program = happens(random, 0.3) ? chosen(random, ['exits', 'sick'] as const) : 'works'
  return chosen(random, [
    () => change(({ version }) => ({ version: version + 1, program })),
    () => change(({ version }) => ({ version: version + 1, program })),
    () => change(({ version }) => ({ version: version + 1, program })),
    () => change(({ setting }) => ({ setting: setting + 1 })),
    () => change(() => ({ count: between(random, 0, 2) })),
    () => (services.length > 1 ? { ...project, services: services.filter((_, index) => index !== victim) } : project),
  ])()
}

/** The same in working order. */
export const mended = (project: Project): Project => ({
  ...project,
  services: project.services.map((draft) =>
    draft.program === 'works' ? draft : { ...draft, program: 'works', version: draft.version + 1 },
  ),
})

export function writeTo(folder: Folder, { environments, services }: Project): void {
  const manifest = {
    app: APP,
    services: Object.fromEntries(services.map((draft) => [draft.name, serviceOf(draft)])),
    environments: Object.fromEntries(environments.map((name) => [name, {}])),
  }
  // JSON is YAML, and written in a tenth of the time.
  folder[`${HOME}/img2vid.yaml`] = JSON.stringify(manifest)
  for (const { name, program, version } of services) {
    folder[`${HOME}/${name}/Dockerfile`] = dockerfileOf(program, version)
  }
}

const serviceOf = ({ name, compute, http, count, setting }: Draft) => ({
  image: { build: name, port: 8080 },
  http: http && { path: name === 'web' ? '/' : `/${name}`, healthcheck: { path: '/health', grace_period: '10s' } },
  ...(compute === 'gpu' && { compute }),
  count,
  variables: { SETTING: String(setting) },
})
