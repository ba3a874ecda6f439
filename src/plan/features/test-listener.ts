import type { Checked, Combination } from '../manifest/checks/places.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { shiftsTraffic } from '../manifest/rollout.ts'
import { importable, type Json, ref, type Template, withProperties } from '../template.ts'
import { existingOf } from './existing-balancer.ts'
import type { EnvironmentInputs, Feature } from './feature.ts'
import { hasHttps } from './load-balancer.ts'
import { portsOf } from './network-balancer.ts'

/** Where services have the rules of their new tasks: a port of a load balancer of the environment, which they may share. */
export const testListenerOf = (port: number, internal = false): string =>
  `${internal ? 'Private' : ''}TestListener${port}`

type Tested = Pick<Service, 'http' | 'settings'>

const portOf = (service: Tested): number | undefined =>
  shiftsTraffic(service) ? service.settings.deployment?.test?.port : undefined

function withTestListeners(template: Template, { environment }: EnvironmentInputs): Template {
  const wanted = environment.services.flatMap((service) => {
    const port = portOf(service)
    return port === undefined || !service.http ? [] : [{ port, internal: service.http.internal }]
  })
  const each = new Map(wanted.map((one) => [testListenerOf(one.port, one.internal), one]))
  return [...each].reduce((before, [name, one]) => withTestListener(before, environment, name, one), template)
}

/** As the listener of the visitors is, with its certificates, and open to the same addresses. */
function withTestListener(
  template: Template,
  environment: Environment,
  name: string,
  { port, internal }: { readonly port: number; readonly internal: boolean },
): Template {
  const kind = internal ? 'Private' : ''
  const visitors = `${kind}${hasHttps(environment, internal) ? 'HttpsListener' : 'HttpListener'}`
  const { [visitors]: listener, [`${kind}FurtherCertificates`]: further } = template.Resources
  if (!listener) return template
  const added = {
    ...template,
    Resources: {
      ...template.Resources,
      [name]: { ...listener, Properties: { ...listener.Properties, Port: port } },
      ...(further && {
        [`${name}Certificates`]: { ...further, Properties: { ...further.Properties, ListenerArn: ref(name) } },
      }),
    },
    Outputs: {
      ...template.Outputs,
      [name]: {
        ...importable('Where services add the rules of their new tasks', ref(name), name),
        ...('Condition' in listener && { Condition: listener.Condition }),
      },
    },
  }
  return withProperties(added, `${kind}LoadBalancerSecurityGroup`, (properties) => {
    const rules = properties.SecurityGroupIngress as Json[]
    const open = rules.filter(({ FromPort }) => FromPort === 80)
    const opened = open.map((rule) => ({ ...rule, Description: 'Tests of new tasks', FromPort: port, ToPort: port }))
    return { ...properties, SecurityGroupIngress: [...rules, ...opened] }
  })
}

function freePorts({ services, settings }: Checked): Combination[] {
  return services.flatMap((service) => {
    const port = portOf(service)
    if (port === undefined) return []
    const path = ['services', service.name, 'deployment', 'test', 'port']
    const { http } = service
    const taken = [...(http ? [80, 443] : []), ...portsOf(service.settings)]
    return [
      ...(taken.includes(port) ? [{ path, message: `${port} is a port of the visitors; take another` }] : []),
      ...(http && !http.internal && existingOf(settings)
        ? [{ path, message: 'is a port of a load balancer that img2vid does not make; take header and value instead' }]
        : []),
    ]
  })
}

export const testListener: Feature = {
  environmentChecks: [freePorts],
  environment: withTestListeners,
}
