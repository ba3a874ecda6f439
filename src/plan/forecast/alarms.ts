import { namedAlarms } from '../features/rollback-alarms.ts'
import type { Service } from '../manifest/model.ts'
import type { Finding } from './finding.ts'

export interface Alarm {
  readonly name: string
  readonly rings: boolean
}

/** ALM01: alarms that cannot take a deployment back, as they are not there or ring already. */
export function alarmFindings(service: Pick<Service, 'name' | 'settings'>, found: readonly Alarm[], region: string) {
  const warning = (message: string, hint: string): Finding => ({
    code: 'ALM01',
    severity: 'warning',
    service: service.name,
    message,
    hint,
  })
  return namedAlarms(service).flatMap((name) => {
    const alarm = found.find((one) => one.name === name)
    if (!alarm) {
      const list = `mend deployment.rollback_alarms; aws cloudwatch describe-alarms --region ${region} lists those that there are`
      return [warning(`the alarm ${name} does not exist in ${region}: it takes no deployment back`, list)]
    }
    if (!alarm.rings) return []
    const text = `the alarm ${name} rings already: ECS listens to none of the service’s alarms in this deployment`
    return [warning(text, 'wait until it is quiet')]
  })
}
