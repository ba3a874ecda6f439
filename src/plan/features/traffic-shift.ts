import type { HttpRule, Service } from '../manifest/model.ts'
import { type Json, type Resource, ref, type Template, withProperties } from '../template.ts'
import { rulesOf } from './http-rules.ts'

/** Two target groups for each way in, between which ECS moves the traffic, and the role by which it may. */
export function withTrafficShift(template: Template, service: Service): Template {
  const rules = rulesOf(service.http)
  if (rules.length === 0) return template
  const { test } = service.settings.deployment ?? {}
  const doubled = rules.reduce(withAlternate, template)
  const tested = test ? rules.reduce((before, rule) => withTestRule(before, rule, test), doubled) : doubled
  const named = [...rules.map(({ prefix }) => `${prefix}ListenerRule`), ...testRules(rules, test !== undefined)]
  // By naming the rules it waits for them.
  const { DependsOn: _rules, ...TaskService } = tested.Resources.TaskService as Resource
  const withRole = {
    ...tested,
    Parameters: {
      ...tested.Parameters,
      FirstWeight: weight('Percent of the traffic that the first target group has'),
      SecondWeight: weight('Percent that the second has; ECS changes both'),
    },
    Resources: { ...tested.Resources, TaskService, LoadBalancerRole: role(rules, named) },
    Outputs: {
      ...tested.Outputs,
      AlternateTargetGroup: {
        Description: 'Where the tasks are after every other deployment',
        Value: ref('AlternateTargetGroup'),
      },
    },
  }
  return withProperties(withRole, 'TaskService', (properties) => ({
    ...properties,
    LoadBalancers: (properties.LoadBalancers as Json[]).map((entry, index) => {
      const { prefix = '' } = rules[index] ?? {}
      return {
        ...entry,
        AdvancedConfiguration: {
          AlternateTargetGroupArn: ref(`${prefix}AlternateTargetGroup`),
          ProductionListenerRule: ref(`${prefix}ListenerRule`),
          ...(test && { TestListenerRule: ref(`${prefix}TestListenerRule`) }),
          RoleArn: { 'Fn::GetAtt': ['LoadBalancerRole', 'Arn'] },
        },
      }
    }),
  }))
}

const weight = (Description: string): Json => ({ Type: 'Number', MinValue: 0, MaxValue: 100, Description })

/** The traffic begins at the first group. */
export const firstWeights = { FirstWeight: 100, SecondWeight: 0 }

const testRules = (rules: readonly HttpRule[], tests: boolean): string[] =>
  tests ? rules.map(({ prefix }) => `${prefix}TestListenerRule`) : []

/** A second group of the same kind: where the traffic goes is for ECS to say. */
function withAlternate(template: Template, { prefix }: HttpRule): Template {
  const { [`${prefix}TargetGroup`]: group } = template.Resources
  if (!group) throw new Error(`the template has no resource ${prefix}TargetGroup`)
  const added = {
    ...template,
    Resources: { ...template.Resources, [`${prefix}AlternateTargetGroup`]: group },
  }
  return withProperties(added, `${prefix}ListenerRule`, (properties) => ({
    ...properties,
    Actions: (properties.Actions as Json[]).map((action) =>
      action.Type === 'forward' ? weighted(action, prefix) : action,
    ),
  }))
}

function weighted({ TargetGroupArn, ...action }: Json, prefix: string): Json {
  const groups = [
    { TargetGroupArn, Weight: ref('FirstWeight') },
    { TargetGroupArn: ref(`${prefix}AlternateTargetGroup`), Weight: ref('SecondWeight') },
  ]
  return { ...action, ForwardConfig: { TargetGroups: groups } }
}

/** The same way for those who ask by a header: they see the new tasks first. */
function withTestRule(
  template: Template,
  { prefix, testPriority }: HttpRule,
  { header, value }: { readonly header: string; readonly value: string },
): Template {
  const rule = template.Resources[`${prefix}ListenerRule`] as Resource
  const { Conditions } = rule.Properties as { Conditions: Json[] }
  const condition = { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: header, Values: [value] } }
  const Properties = {
    ...rule.Properties,
    Priority: testPriority,
    Conditions: [...Conditions, condition],
  }
  return { ...template, Resources: { ...template.Resources, [`${prefix}TestListenerRule`]: { ...rule, Properties } } }
}

/** Of what AWS's own policy allows, only this service's rules and target groups. */
function role(rules: readonly HttpRule[], listenerRules: readonly string[]): Resource {
  const groups = rules.flatMap(({ prefix }) => [ref(`${prefix}TargetGroup`), ref(`${prefix}AlternateTargetGroup`)])
  const read = ['DescribeListeners', 'DescribeRules', 'DescribeTargetGroups', 'DescribeTargetHealth']
  const allow = (actions: readonly string[], Resource: unknown): Json => ({
    Effect: 'Allow',
    Action: actions.map((action) => `elasticloadbalancing:${action}`),
    Resource,
  })
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
              allow(['ModifyRule'], listenerRules.map(ref)),
            ],
          },
        },
      ],
    },
  }
}
