import { flag } from '../manifest/fields.ts'
import { bind, merge, readTemplate, ref, renamed } from '../template.ts'
import type { Feature } from './feature.ts'

export const firewallFields = {
  firewall: flag.optional().describe('AWS WAF with AWS’s own rules in front of the load balancers'),
}

/** About $5 a month and $1 for each of its three rules, besides $0.60 for a million requests; for all load balancers alike. */
export const firewall: Feature = {
  environment: (template, { environment, texts }) => {
    if (!environment.settings.firewall) return template
    const part = readTemplate(texts.firewall)
    return ['', 'Private']
      .filter((kind) => `${kind}LoadBalancer` in template.Resources)
      .map((kind) =>
        renamed(bind(part, { LoadBalancer: ref(`${kind}LoadBalancer`) }), {
          FirewallAssociation: `${kind}FirewallAssociation`,
        }),
      )
      .reduce((before, one) => merge(before, one), template)
  },
}
