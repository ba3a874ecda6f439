import { rulesOf, type Service } from '../manifest/model.ts'
import { importValue, type Json, type Resource, ref, type Template, withProperties } from '../template.ts'
import type { ServiceInputs } from './feature.ts'
import { listenersOf } from './network-balancer.ts'
import { testListenerOf } from './test-listener.ts'

const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener'

/** One way in, by the names of its resources. What ECS changes is a rule, or the listener of a network load balancer. */
interface Way {
  readonly group: string
  readonly alternate: string
  readonly production: string
  /** By which new tasks are reached before they have traffic. */
  readonly test: string | undefined
}

function waysOf({ http, settings }: Service): readonly Way[] {
  const { test } = settings.deployment ?? {}
  const way = (prefix: string, production: string, tested: boolean): Way => ({
    group: `${prefix}TargetGroup`,
    alternate: `${prefix}AlternateTargetGroup`,
    production: prefix + production,
    test: tested ? `${prefix}Test${production}` : undefined,
  })
  return [
    ...rulesOf(http).map(({ prefix }) => way(prefix, 'ListenerRule', test !== undefined)),
    ...listenersOf(settings).map(({ prefix }) =>
      way(`${prefix}Network`, 'Listener', prefix === '' && test?.port !== undefined),
    ),
  ]
}

/** Two target groups for each way in, between which ECS moves the traffic, and the role by which it may. */
export function withTrafficShift(template: Template, inputs: ServiceInputs): Template {
  const ways = waysOf(inputs.service)
  if (ways.length === 0) return template
  const doubled = ways.reduce(withAlternate, template)
  const tested = withTests(doubled, inputs)
  // By naming what leads to them it waits for it.
  const { DependsOn: _named, ...TaskService } = tested.Resources.TaskService as Resource
  const withRole = {
    ...tested,
    Parameters: {
      ...tested.Parameters,
      FirstWeight: weight('Percent of the traffic that the first target group has'),
      SecondWeight: weight('Percent that the second has; ECS changes both'),
    },
    Resources: { ...tested.Resources, TaskService, LoadBalancerRole: role(ways, tested.Resources) },
  }
  return withProperties(withRole, 'TaskService', (properties) => ({
    ...properties,
    LoadBalancers: (properties.LoadBalancers as Json[]).map((entry, index) => {
      const { alternate = '', production = '', test } = ways[index] ?? {}
      return {
        ...entry,
        AdvancedConfiguration: {
          AlternateTargetGroupArn: ref(alternate),
          ProductionListenerRule: ref(production),
          ...(test !== undefined && { TestListenerRule: ref(test) }),
          RoleArn: { 'Fn::GetAtt': ['LoadBalancerRole', 'Arn'] },
        },
      }
    }),
  }))
}

const weight = (Description: string): Json => ({ Type: 'Number', MinValue: 0, MaxValue: 100, Description })

/** The traffic begins at the first group. */
export const firstWeights = { FirstWeight: 100, SecondWeight: 0 }

/** A second group of the same kind: where the traffic goes is for ECS to say. */
function withAlternate(template: Template, { group: name, alternate, production }: Way): Template {
  const { [name]: group } = template.Resources
  if (!group) throw new Error(`the template has no resource ${name}`)
  const added = { ...template, Resources: { ...template.Resources, [alternate]: group } }
  const member = template.Resources[production]?.Type === LISTENER ? 'DefaultActions' : 'Actions'
  return withProperties(added, production, (properties) => ({
    ...properties,
    [member]: (properties[member] as Json[]).map((action) =>
      action.Type === 'forward' ? weighted(action, alternate) : action,
    ),
  }))
}

function weighted({ TargetGroupArn, ...action }: Json, alternate: string): Json {
  const groups = [
    { TargetGroupArn, Weight: ref('FirstWeight') },
    { TargetGroupArn: ref(alternate), Weight: ref('SecondWeight') },
  ]
  return { ...action, ForwardConfig: { TargetGroups: groups } }
}

/** The same ways for those who ask by a header or at another port: they see the new tasks first. */
function withTests(template: Template, { service }: ServiceInputs): Template {
  const { http, settings } = service
  const { test } = settings.deployment ?? {}
  if (!test) return template
  const rules = rulesOf(http).map(({ prefix, testPriority }) => {
    const rule = template.Resources[`${prefix}ListenerRule`] as Resource
    const { Conditions } = rule.Properties as { Conditions: Json[] }
    const own =
      test.port === undefined
        ? { Priority: testPriority, Conditions: [...Conditions, headerCondition(test)] }
        : { ListenerArn: importValue(`\${EnvironmentStack}-${testListenerOf(test.port, http?.internal)}`) }
    return [`${prefix}TestListenerRule`, { ...rule, Properties: { ...rule.Properties, ...own } }]
  })
  const { NetworkListener: listener, NetworkVisitors: visitors } = template.Resources
  const ports = { FromPort: test.port, ToPort: test.port }
  const atPort =
    test.port !== undefined && listener && visitors
      ? {
          NetworkTestListener: { ...listener, Properties: { ...listener.Properties, Port: test.port } },
          NetworkTestVisitors: { ...visitors, Properties: { ...visitors.Properties, ...ports } },
        }
      : {}
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(rules), ...atPort } }
}

const headerCondition = ({ header, value }: { header?: string | undefined; value?: string | undefined }): Json => ({
  Field: 'http-header',
  HttpHeaderConfig: { HttpHeaderName: header, Values: [value] },
})

/** Of what AWS's own policy allows, only what leads to this service and its target groups. */
function role(ways: readonly Way[], resources: Template['Resources']): Resource {
  const groups = ways.flatMap(({ group, alternate }) => [ref(group), ref(alternate)])
  const read = ['DescribeListeners', 'DescribeRules', 'DescribeTargetGroups', 'DescribeTargetHealth']
  const allow = (actions: readonly string[], Resource: unknown): Json => ({
    Effect: 'Allow',
    Action: actions.map((action) => `elasticloadbalancing:${action}`),
    Resource,
  })
  const changed = [...ways.map(({ production }) => production), ...ways.flatMap(({ test }) => test ?? [])]
  const [listeners, rules] = [true, false].map((wanted) =>
    changed.filter((name) => (resources[name]?.Type === LISTENER) === wanted).map(ref),
  )
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Description: 'What ECS needs to move traffic from old tasks to new ones',
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'ecs.amazonaws.com' },
            Action: 'sts:AssumeRole',
            // AWS promises no source here; where it names one, it is this account.
            Condition: { StringEqualsIfExists: { 'aws:SourceAccount': ref('AWS::AccountId') } },
          },
        ],
      },
      Policies: [
        {
          PolicyName: 'traffic',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              // These have no resource that could be named.
              allow(read, '*'),
              allow(['RegisterTargets', 'DeregisterTargets'], groups),
              ...(rules?.length ? [allow(['ModifyRule'], rules)] : []),
              ...(listeners?.length ? [allow(['ModifyListener'], listeners)] : []),
            ],
          },
        },
      ],
    },
  }
}
