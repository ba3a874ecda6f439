import type { StackAction } from '../stack-status.ts'
import type { Finding } from './finding.ts'

/** CFN01: what a deployment would meet before it can begin. */
export function stackFindings(stack: string, status: string, action: StackAction): Finding[] {
  const cfn01 = (severity: Finding['severity'], message: string, hint: string): Finding[] => [
    { code: 'CFN01', severity, message: `${stack} ${message} (${status})`, hint },
  ]
  if (action === 'stuck') return cfn01('error', 'is stuck: a rollback of it failed', 'img2vid deploy --recover')
  if (action === 'busy')
    return cfn01('warning', 'is being worked on', 'img2vid watch follows it; img2vid deploy --wait waits for its end')
  if (action === 'replace')
    return cfn01('warning', 'is what a failed create left', 'img2vid deploy takes it away and makes it anew')
  if (status.endsWith('_FAILED'))
    return cfn01('warning', 'was left in the middle of an update', 'img2vid deploy carries on')
  return status === 'UPDATE_ROLLBACK_COMPLETE'
    ? cfn01('warning', 'went back from its last update', 'mend the cause, then img2vid deploy')
    : []
}
