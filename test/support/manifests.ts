import { fileURLToPath } from 'node:url'
import { readTemplates } from '../../src/host/files.ts'
import { resolveEnvironment } from '../../src/plan/manifest/environment.ts'
import type { Environment } from '../../src/plan/manifest/model.ts'
import { readManifest } from '../../src/plan/manifest/read.ts'
import { appStackOf } from '../../src/plan/stacks/app.ts'
import { environmentStackOf } from '../../src/plan/stacks/environment.ts'
import { serviceStackOf } from '../../src/plan/stacks/service.ts'
import type { Stack } from '../../src/plan/stacks/stack.ts'

const templates = readTemplates(fileURLToPath(new URL('../../templates', import.meta.url)))

export const environmentOf = (yaml: string, name = 'dev'): Environment =>
  resolveEnvironment(readManifest(yaml, 'img2vid.yaml'), name)

/** All stacks of an environment, in the order of deployment. */
export function stacksOf(environment: Environment): Stack[] {
  const app = appStackOf(environment, templates)
  return [
    ...(app ? [app] : []),
    environmentStackOf(environment, templates),
    ...environment.services.map((service) =>
      serviceStackOf(environment, service, () => `@sha256:${'0'.repeat(64)}`, templates),
    ),
  ]
}
