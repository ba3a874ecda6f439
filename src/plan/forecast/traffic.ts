import { parseTemplateText } from '../../formats/template-yaml.ts'
import type { Template } from '../template.ts'
import type { Finding } from './finding.ts'

const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule'

/** NET05: a rule that changes gets the weights of its template, while ECS has the tasks in the other target group. */
export function movedBack(name: string, before: string, wanted: string, tasksInSecond: boolean): Finding[] {
  if (!tasksInSecond || rulesIn(before) === rulesIn(wanted)) return []
  return [
    {
      code: 'NET05',
      severity: 'error',
      service: name,
      message:
        'its tasks are in the second target group after the last deployment, and a rule that changes would send all visitors to the first, where nobody is',
      hint: `deploy a new image or variable of services.${name} first and the change of its rule afterwards: each deployment brings the tasks to the other group`,
    },
  ]
}

const rulesIn = (text: string): string => {
  const { Resources } = parseTemplateText(text) as Pick<Template, 'Resources'>
  return JSON.stringify(Object.entries(Resources).filter(([, { Type }]) => Type === RULE))
}
