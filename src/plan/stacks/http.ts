import type { Environment, Service } from '../manifest/model.ts'
import {
  importValue,
  type Json,
  merge,
  readTemplate,
  ref,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'

/** Puts the service behind the load balancer. */
export function withHttp(
  template: Template,
  { certificate }: Environment,
  { http, port, name }: Service,
  texts: TemplateTexts,
): Template {
  if (!http || port === undefined) return template
  const merged = merge(template, readTemplate(texts.http))
  const listener = certificate === undefined ? 'HttpListener' : 'HttpsListener'
  const ruled = withProperties(merged, 'ListenerRule', (properties) => ({
    ...properties,
    ListenerArn: importValue(`\${EnvironmentStack}-${listener}`),
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: patterns(http.path) } }],
  }))
  const served = withProperties(ruled, 'TaskService', (properties) => ({
    ...properties,
    HealthCheckGracePeriodSeconds: http.healthCheck.gracePeriod,
    LoadBalancers: [{ ContainerName: name, ContainerPort: port, TargetGroupArn: ref('TargetGroup') }],
  }))
  // ECS refuses a target group that no load balancer has yet.
  const { TaskService } = served.Resources
  return TaskService
    ? { ...served, Resources: { ...served.Resources, TaskService: { ...TaskService, DependsOn: ['ListenerRule'] } } }
    : served
}

/** `/` is everything; `/api` is itself and what is below it. */
const patterns = (path: string): Json[] | string[] => {
  const stem = path.replace(/\/+$/, '')
  return stem === '' ? ['/*'] : [stem, `${stem}/*`]
}
