import { flag } from '../manifest/fields.ts'
import { merge, readTemplate } from '../template.ts'
import type { Feature } from './feature.ts'

export const firewallFields = {
  firewall: flag.optional().describe('AWS WAF with AWS’s own rules in front of the load balancer'),
}

/** About $5 a month and $1 for each of its three rules, besides $0.60 for a million requests. */
export const firewall: Feature = {
  environment: (template, { environment, texts }) =>
    environment.settings.firewall && 'LoadBalancer' in template.Resources
      ? merge(template, readTemplate(texts.firewall))
      : template,
}
