import { expect, test } from 'vitest'
import { actionFor } from '../../src/plan/stack-status.ts'
import type { Stack } from '../../src/plan/stacks/stack.ts'

const wanted: Stack = {
  name: 'shop',
  body: '',
  digest: 'abc',
  parameters: { Count: '1' },
  outputs: [],
  tags: {},
  summary: '',
}
const as = (status: string, digest = 'abc', parameters: Record<string, string> = { Count: '1', Other: 'x' }) =>
  actionFor(wanted, { status, outputs: { Template: digest }, parameters })

test('a stack that is not there is created', () => {
  expect([actionFor(wanted, undefined), as('DELETE_COMPLETE')]).toEqual(['create', 'create'])
})

test('a stack is left alone only when its template and its parameters are the same', () => {
  expect([
    as('CREATE_COMPLETE'),
    as('UPDATE_ROLLBACK_COMPLETE'),
    as('CREATE_COMPLETE', 'other'),
    as('CREATE_COMPLETE', 'abc', { Count: '2' }),
    as('CREATE_COMPLETE', 'abc', {}),
    actionFor(wanted, { status: 'CREATE_COMPLETE', outputs: {}, parameters: { Count: '1' } }),
  ]).toEqual(['none', 'none', 'update', 'update', 'update', 'update'])
})

/** Every status that CloudFormation has. */
test.each([
  ['CREATE_IN_PROGRESS', 'busy'],
  ['CREATE_FAILED', 'replace'],
  ['CREATE_COMPLETE', 'update'],
  ['ROLLBACK_IN_PROGRESS', 'busy'],
  ['ROLLBACK_FAILED', 'replace'],
  ['ROLLBACK_COMPLETE', 'replace'],
  ['DELETE_IN_PROGRESS', 'busy'],
  ['DELETE_FAILED', 'replace'],
  ['DELETE_COMPLETE', 'create'],
  ['UPDATE_IN_PROGRESS', 'busy'],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'busy'],
  ['UPDATE_COMPLETE', 'update'],
  ['UPDATE_FAILED', 'update'],
  ['UPDATE_ROLLBACK_IN_PROGRESS', 'busy'],
  ['UPDATE_ROLLBACK_FAILED', 'stuck'],
  ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'busy'],
  ['UPDATE_ROLLBACK_COMPLETE', 'update'],
  ['REVIEW_IN_PROGRESS', 'replace'],
  ['IMPORT_IN_PROGRESS', 'busy'],
  ['IMPORT_COMPLETE', 'update'],
  ['IMPORT_ROLLBACK_IN_PROGRESS', 'busy'],
  ['IMPORT_ROLLBACK_FAILED', 'update'],
  ['IMPORT_ROLLBACK_COMPLETE', 'update'],
])('%s with another template: %s', (status, action) => {
  expect(as(status, 'other')).toBe(action)
})

test('a failed update is tried again even when nothing else changed', () => {
  expect(as('UPDATE_FAILED')).toBe('update')
})
