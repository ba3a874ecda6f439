import { merge, readTemplate } from '../template.ts'
import type { Feature } from './feature.ts'

/** Machines of one's own join the cluster by a role, and tasks wait for them. */
export const external: Feature = {
  environment: (template, { environment, texts }) =>
    environment.services.some(({ compute }) => compute.kind === 'external')
      ? merge(template, readTemplate(texts.external))
      : template,
}
