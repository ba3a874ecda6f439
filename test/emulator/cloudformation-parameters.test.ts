import { type Parameter, SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { logGroup, refusal, startCloudFormation, type Template } from '../support/cloudformation.ts'

const Resources = { Group: logGroup() }
const given = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }))
const declared = (declaration: object, Type = 'String') => ({
  Parameters: { Colour: { Type, ...declaration } },
  Resources,
})

test.each<[string, Template, string, string]>([
  [
    'outside of the allowed values',
    declared({ AllowedValues: ['red'] }),
    'blue',
    "'Colour' must be one of AllowedValues",
  ],
  ['against the pattern', declared({ AllowedPattern: '[a-z]+' }), 'red1', "'Colour' must match pattern [a-z]+"],
  [
    'against the pattern in one member of a list',
    declared({ AllowedPattern: '[a-z]+' }, 'CommaDelimitedList'),
    'red,1',
    "'Colour' must match pattern [a-z]+",
  ],
  ['too short', declared({ MinLength: 4 }), 'red', "'Colour' must contain at least 4 characters"],
  ['too long', declared({ MaxLength: '2' }), 'red', "'Colour' must contain at most 2 characters"],
  ['no number', declared({}, 'Number'), 'red', "'Colour' must be a number"],
  ['no number in a list', declared({}, 'List<Number>'), '1,red', "'Colour' must be a list of numbers"],
  ['too small', declared({ MinValue: 2 }, 'Number'), '1', "'Colour' must be a number not less than 2"],
  ['too large', declared({ MaxValue: '2' }, 'Number'), '3', "'Colour' must be a number not greater than 2"],
  [
    'against a constraint with words of its own',
    declared({ AllowedPattern: '[a-z]+', ConstraintDescription: 'small letters only' }),
    'RED',
    'Colour failed to satisfy constraint: small letters only',
  ],
])('refuses a value %s', async (_name, template, value, message) => {
  const { begin } = await startCloudFormation()
  expect(await refusal(begin(template, { Parameters: given({ Colour: value }) }))).toBe(
    `ValidationError: Parameter ${message}`,
  )
})

test('names all parameters that are missing, and all that the template does not know', async () => {
  const { begin } = await startCloudFormation()
  const template = {
    Parameters: { One: { Type: 'String' }, Two: { Type: 'Number' }, Three: { Type: 'String', Default: '' } },
    Resources,
  }
  expect(await refusal(begin(template))).toBe('ValidationError: Parameters: [One, Two] must have values')
  expect(await refusal(begin(template, { Parameters: given({ Five: '5', One: '1', Six: '6' }) }))).toBe(
    'ValidationError: Parameters: [Five, Six] do not exist in the template',
  )
})

test('refuses types that do not exist and defaults that their own constraints forbid', async () => {
  const { begin } = await startCloudFormation()
  expect(await refusal(begin(declared({ Default: 'x' }, 'Text')))).toBe(
    'ValidationError: Template format error: Unrecognized parameter type: Text',
  )
  expect(await refusal(begin(declared({ Default: 'x', AllowedValues: ['y'] })))).toBe(
    "ValidationError: Parameter 'Colour' must be one of AllowedValues",
  )
})

test('keeps, changes and forgets values from one update to the next', async () => {
  const { create, update, begin, find } = await startCloudFormation()
  const template = (more: object = {}) => ({
    Parameters: {
      Kept: { Type: 'String' },
      Given: { Type: 'Number', Default: 1 },
      Forgotten: { Type: 'String', Default: 'default' },
      ...more,
    },
    Resources,
    Outputs: {
      All: { Value: { 'Fn::Join': [' ', [{ Ref: 'Kept' }, { Ref: 'Given' }, { Ref: 'Forgotten' }]] } },
    },
  })
  const first = await create(template(), { Parameters: given({ Kept: 'a', Given: '2', Forgotten: 'b' }) })
  const Kept = { ParameterKey: 'Kept', UsePreviousValue: true }
  const second = await update(template(), { Parameters: [Kept, ...given({ Given: '3' })] })
  expect([first.outputs, second.outputs]).toEqual([{ All: 'a 2 b' }, { All: 'a 3 default' }])
  expect((await find('mine'))?.Parameters).toEqual([
    { ParameterKey: 'Kept', ParameterValue: 'a' },
    { ParameterKey: 'Given', ParameterValue: '3' },
    { ParameterKey: 'Forgotten', ParameterValue: 'default' },
  ])

  const added = template({ Added: { Type: 'String' } })
  const before = (more: object) => ({ Parameters: [Kept, { ParameterKey: 'Added', UsePreviousValue: true, ...more }] })
  expect(await refusal(update(added, before({})))).toBe(
    'ValidationError: Invalid input for parameter key Added. Cannot specify usePreviousValue as true for a parameter key not in the previous template',
  )
  expect(await refusal(begin(template(), { StackName: 'new', Parameters: [Kept] }))).toBe(
    'ValidationError: Invalid input for parameter key Kept. Cannot specify usePreviousValue as true for a parameter key not in the previous template',
  )
  expect(await refusal(update(added, before({ ParameterValue: 'x' })))).toBe(
    'ValidationError: Invalid input for parameter key Added. Cannot specify usePreviousValue as true and non empty value for a parameter',
  )
})

test('gives lists as lists, without the blanks', async () => {
  const { create } = await startCloudFormation()
  const { outputs } = await create(
    {
      Parameters: { Words: { Type: 'CommaDelimitedList' }, Numbers: { Type: 'List<Number>' } },
      Resources,
      Outputs: {
        Word: { Value: { 'Fn::Select': [1, { Ref: 'Words' }] } },
        Numbers: { Value: { 'Fn::Join': ['+', { Ref: 'Numbers' }] } },
      },
    },
    { Parameters: given({ Words: 'a , b,c', Numbers: '1, 2' }) },
  )
  expect(outputs).toEqual({ Word: 'b', Numbers: '1+2' })
})

test('takes values from SSM anew with each operation, and shows what they were', async () => {
  const { aws, create, update, begin, find } = await startCloudFormation()
  const ssm = new SSM(aws.client)
  const put = (more: Partial<Parameter> & { Overwrite?: boolean }) =>
    ssm.putParameter({ Name: '/image', Type: 'String', Value: 'one', ...more })
  await put({})
  await put({ Name: '/zones', Type: 'StringList', Value: 'a,b' })
  const template = {
    Parameters: {
      Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/image' },
      Zones: { Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/zones' },
      Name: { Type: 'AWS::SSM::Parameter::Name', Default: '/image' },
    },
    Resources,
    Outputs: {
      Image: { Value: { Ref: 'Image' } },
      Zone: { Value: { 'Fn::Select': [1, { Ref: 'Zones' }] } },
      Name: { Value: { Ref: 'Name' } },
    },
  }
  expect((await create(template)).outputs).toEqual({ Image: 'one', Zone: 'b', Name: '/image' })
  await put({ Value: 'two', Overwrite: true })
  const { outputs } = await update(template, { Parameters: [{ ParameterKey: 'Image', UsePreviousValue: true }] })
  expect(outputs).toEqual({ Image: 'two', Zone: 'b', Name: '/image' })
  expect((await find('mine'))?.Parameters).toEqual([
    { ParameterKey: 'Image', ParameterValue: '/image', ResolvedValue: 'two' },
    { ParameterKey: 'Zones', ParameterValue: '/zones', ResolvedValue: 'a,b' },
    { ParameterKey: 'Name', ParameterValue: '/image' },
  ])
  expect(await refusal(begin(template, { StackName: 'new', Parameters: given({ Image: '/nowhere' }) }))).toBe(
    'ValidationError: Unable to fetch parameters [/nowhere] from parameter store for this account.',
  )
})

test.each([
  ['AWS::EC2::VPC::Id', 'vpc-1'],
  ['AWS::EC2::SecurityGroup::Id', 'sg-1'],
  ['List<AWS::EC2::Subnet::Id>', 'subnet-1'],
])('refuses a %s that does not exist', async (Type, id) => {
  const { begin } = await startCloudFormation()
  expect(await refusal(begin(declared({}, Type), { Parameters: given({ Colour: id }) }))).toBe(
    `ValidationError: Parameter validation failed: parameter value ${id} for parameter name Colour does not exist`,
  )
})

test('hides the value of a parameter with NoEcho', async () => {
  const { create, find, api } = await startCloudFormation()
  const Parameters = given({ Colour: 'secret' })
  await create(declared({ NoEcho: true }), { Parameters })
  expect((await find('mine'))?.Parameters).toEqual([{ ParameterKey: 'Colour', ParameterValue: '****' }])
  const TemplateBody = JSON.stringify(declared({ NoEcho: 'true' }))
  await api.createChangeSet({ StackName: 'mine', ChangeSetName: 'next', TemplateBody, Parameters })
  const described = await api.describeChangeSet({ StackName: 'mine', ChangeSetName: 'next' })
  expect(described.Parameters).toEqual([{ ParameterKey: 'Colour', ParameterValue: '****' }])
})
