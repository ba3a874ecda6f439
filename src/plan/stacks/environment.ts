import { balancersOf } from '../features/load-balancer.ts'
import { features } from '../features.ts'
import type { Environment } from '../manifest/model.ts'
import { environmentStack, stackTags } from '../names.ts'
import { remembered } from '../remembered.ts'
import { readTemplate, type Template, type TemplateTexts } from '../template.ts'
import { counted } from '../text.ts'
import { groupSize, hasInstances } from './capacity.ts'
import { withOverrides } from './overrides.ts'
import { finishStack, type Stack } from './stack.ts'

/** What all features make of an environment. */
export function environmentTemplate(environment: Environment, texts: TemplateTexts): Template {
  const inputs = { environment, texts }
  return features.reduce(
    (before, feature) => feature.environment?.(before, inputs) ?? before,
    readTemplate(texts.environment),
  )
}

/** Network, load balancer, cluster, and the instances of the services that want some. */
export const environmentStackOf = remembered((environment: Environment, texts: TemplateTexts): Stack => {
  const { app, name, network, services } = environment
  const hosted = services.filter(hasInstances)
  const inputs = { environment, texts }
  const template = withOverrides(environmentTemplate(environment, texts), environment.settings)
  const balancers = balancersOf(environment)
  const where = network.kind === 'new' ? `network in ${network.zones} zones` : `in ${network.vpc}`
  const count = (kind: 'gpu' | 'ec2') =>
    hosted.filter(({ compute }) => compute.kind === kind).reduce((sum, service) => sum + groupSize(service).least, 0)
  return finishStack(
    { ...template, Description: `img2vid - environment ${name} of ${app}` },
    {
      name: environmentStack(app, name),
      parameters: Object.assign({}, ...features.map((feature) => feature.environmentParameters?.(inputs))),
      tags: stackTags(app, name),
      summary: [
        ...[
          where,
          ...['', 'load balancer', '2 load balancers'].slice(balancers, balancers + 1).filter(Boolean),
          'cluster',
        ],
        ...(count('gpu') > 0 ? [counted(count('gpu'), 'GPU instance')] : []),
        ...(count('ec2') > 0 ? [counted(count('ec2'), 'instance')] : []),
      ].join(', '),
    },
  )
})
