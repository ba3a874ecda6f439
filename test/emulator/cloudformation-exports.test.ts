import { expect, test } from 'vitest'
import { logGroup, refusal, startCloudFormation } from '../support/cloudformation.ts'

const exporter = (name: string, outputs: Readonly<Record<string, string>> = { 'shared-name': name }) => ({
  Resources: { Group: logGroup({ Properties: { LogGroupName: `group-${name}` } }) },
  Outputs: Object.fromEntries(
    Object.entries(outputs).map(([Name, Value], index) => [`Output${index}`, { Value, Export: { Name } }]),
  ),
})
const importer = (condition = 'Always') => ({
  Parameters: { Prefix: { Type: 'String', Default: 'shared' } },
  Conditions: { Always: { 'Fn::Equals': ['a', 'a'] }, Never: { 'Fn::Equals': ['a', 'b'] } },
  Resources: {
    Group: logGroup({
      Properties: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
        LogGroupName: { 'Fn::If': [condition, { 'Fn::ImportValue': { 'Fn::Sub': '${Prefix}-name' } }, 'own'] },
      },
    }),
    Other: logGroup(),
  },
})

test('imports what another stack exports, and lists both ends', async () => {
  const { api, create, physicalId } = await startCloudFormation()
  await create(exporter('one', { 'shared-name': 'imported' }), { StackName: 'exporter' })
  await create(importer(), { StackName: 'user' })
  const { Exports } = await api.listExports({})
  expect([
    await physicalId('Group', 'user'),
    Exports,
    (await api.listImports({ ExportName: 'shared-name' })).Imports,
  ]).toEqual([
    'imported',
    [{ Name: 'shared-name', Value: 'imported', ExportingStackId: expect.stringContaining('stack/exporter/') }],
    ['user'],
  ])
  expect(await refusal(api.listImports({ ExportName: 'other' }))).toBe(
    "ValidationError: Export 'other' is not imported by any stack.",
  )
})

test('does not take for an import what stands in a branch that is not taken', async () => {
  const { api, create } = await startCloudFormation()
  await create(exporter('one'), { StackName: 'exporter' })
  await create(importer('Never'), { StackName: 'user' })
  expect(await refusal(api.listImports({ ExportName: 'shared-name' }))).toMatch(/is not imported by any stack/)
})

test('keeps an export that is in use as it is', async () => {
  const { api, create, update, end, remove, events, find } = await startCloudFormation()
  await create(exporter('one'))
  await create(importer(), { StackName: 'user1' })
  const second = { StackName: 'user2', Parameters: [{ ParameterKey: 'Prefix', ParameterValue: 'shared' }] }
  await create(
    {
      ...importer(),
      Resources: {
        Copy: {
          ...importer().Resources.Group,
          Properties: { LogGroupName: { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'shared-name' }, '-2']] } },
        },
      },
    },
    second,
  )

  const changed = await update(exporter('one', { 'shared-name': 'two' }))
  const removed = await update(exporter('one', { 'other-name': 'one' }))
  expect([changed.status, removed.status, removed.outputs]).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    'UPDATE_ROLLBACK_COMPLETE',
    { Output0: 'one' },
  ])
  expect((await events()).filter((line) => line.startsWith('mine UPDATE_ROLLBACK_IN_PROGRESS'))).toEqual([
    'mine UPDATE_ROLLBACK_IN_PROGRESS Cannot update export shared-name as it is in use by user1, user2.',
    'mine UPDATE_ROLLBACK_IN_PROGRESS Delete canceled. Cannot delete export shared-name as it is in use by user1, user2.',
  ])
  // A rolled-back update of an importing stack does not make it forget its import.
  const broken = { ...importer(), Outputs: { Wrong: { Value: { 'Fn::GetAtt': ['Other', 'Colour'] } } } }
  await api.updateStack({ StackName: 'user1', TemplateBody: JSON.stringify(broken) })
  expect((await end('user1')).status).toBe('UPDATE_ROLLBACK_COMPLETE')

  const { status, reason } = await remove()
  expect({ status, reason }).toEqual({
    status: 'UPDATE_ROLLBACK_COMPLETE',
    reason: 'Delete canceled. Cannot delete export shared-name as it is in use by user1, user2.',
  })
  await remove('user1')
  await remove('user2')
  expect((await remove()).status).toBe('DELETE_COMPLETE')
  expect(await refusal(find('mine'))).toMatch(/does not exist/)
})

test('refuses a second export of the same name, and an import of none', async () => {
  const { create, events } = await startCloudFormation()
  await create(exporter('one'), { StackName: 'first' })
  expect((await create(exporter('two'), { StackName: 'second' })).status).toBe('ROLLBACK_COMPLETE')
  expect((await events('second')).filter((line) => line.startsWith('second ROLLBACK_IN'))).toEqual([
    'second ROLLBACK_IN_PROGRESS Export with name shared-name is already exported by stack first. Rollback requested by user.',
  ])
  const Parameters = [{ ParameterKey: 'Prefix', ParameterValue: 'no' }]
  expect((await create(importer(), { StackName: 'user', Parameters })).status).toBe('ROLLBACK_COMPLETE')
  expect((await events('user')).filter((line) => line.startsWith('Group CREATE_FAILED'))).toEqual([
    'Group CREATE_FAILED No export named no-name found.',
  ])
})

test('an export is in use as soon as a stack that imports it is being created', async () => {
  const { aws, api, create, begin, end, remove } = await startCloudFormation({ speed: 500 })
  await create(exporter('one'), { StackName: 'exporter' })
  aws.emulator.world.faults.add({ kind: 'delay', stack: 'user', action: 'create', seconds: 300 })
  const user = await begin(importer(), { StackName: 'user' })
  await aws.eventually(async () => {
    const { Imports = [] } = await api.listImports({ ExportName: 'shared-name' }).catch(() => ({ Imports: undefined }))
    return Imports.includes('user')
  })
  expect(await remove('exporter')).toMatchObject({
    status: 'CREATE_COMPLETE',
    reason: 'Delete canceled. Cannot delete export shared-name as it is in use by user.',
  })
  expect(await end(user)).toMatchObject({ status: 'CREATE_COMPLETE' })
})
