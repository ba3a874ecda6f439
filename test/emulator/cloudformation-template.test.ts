import { expect, test } from 'vitest'
import { logGroup, refusal, startCloudFormation, type Template } from '../support/cloudformation.ts'

const Group = logGroup()
const format = (message: string) => `ValidationError: Template format error: ${message}`

test.each<[string, Template, string]>([
  ['nothing', '', 'ValidationError: Either Template URL or Template Body must be specified.'],
  ['a text', 'just a text', format('unsupported structure.')],
  ['a list', '[1, 2]', format('unsupported structure.')],
  [
    'YAML whose indentation is wrong',
    'Resources:\n  Group:\n    Type: AWS::Logs::LogGroup\n   Properties: {}\n',
    format('YAML not well-formed. (line 4, column 1)'),
  ],
  [
    'YAML with a list that does not end',
    'Resources: [1, 2\nOutputs: {}\n',
    format('YAML not well-formed. (line 2, column 1)'),
  ],
  ['JSON with a comma too few', '{"Resources": {} "Outputs": {}}', format('JSON not well-formed. (line 1, column 18)')],
  [
    'a YAML alias',
    'Resources:\n  One: &group { Type: AWS::Logs::LogGroup }\n  Two: *group\n',
    'ValidationError: Template error: YAML aliases are not allowed in CloudFormation templates',
  ],
  [
    'an unknown section',
    { Resource: {}, Resources: { Group }, Colour: {} },
    'ValidationError: Invalid template property or properties [Resource, Colour]',
  ],
  [
    'a version that does not exist',
    { AWSTemplateFormatVersion: '2020-09-09', Resources: { Group } },
    format('2020-09-09 is not a supported value for AWSTemplateFormatVersion'),
  ],
  ['no resources', { Outputs: {} }, format('At least one Resources member must be defined.')],
  ['empty resources', { Resources: {} }, format('At least one Resources member must be defined.')],
  ['resources that are a list', { Resources: [Group] }, format('Resources must be an object.')],
  [
    'a resource that is a text',
    { Resources: { Group: 'AWS::Logs::LogGroup' } },
    format('[/Resources/Group] resource definition is malformed'),
  ],
  [
    'a resource that is nothing',
    'Resources:\n  Group:\n',
    format('[/Resources/Group] resource definition is malformed'),
  ],
  [
    'a resource without a type',
    { Resources: { Group: { Properties: {} } } },
    format('[/Resources/Group] Every Resources object must contain a Type member.'),
  ],
  [
    'a property beside Properties',
    { Resources: { Group: { ...Group, RetentionInDays: 1 } } },
    "ValidationError: Invalid template resource property 'RetentionInDays'",
  ],
  [
    'a resource name with a hyphen',
    { Resources: { 'my-group': Group } },
    format('Resource name my-group is non alphanumeric.'),
  ],
  [
    'an output name with an underscore',
    { Resources: { Group }, Outputs: { my_output: { Value: '1' } } },
    format('Output name my_output is non alphanumeric.'),
  ],
  [
    'types that do not exist, each named once',
    {
      Resources: {
        One: { Type: 'AWS::Logs::Group' },
        Two: { Type: 'AWS::Logs::Group' },
        Three: { Type: 'AWS::ECS::Services' },
      },
    },
    format('Unrecognized resource types: [AWS::Logs::Group, AWS::ECS::Services]'),
  ],
  [
    'a deletion policy that does not exist',
    { Resources: { Group: { ...Group, DeletionPolicy: 'Keep' } } },
    format('Unrecognized DeletionPolicy Keep for resource Group'),
  ],
  [
    'a parameter without a type',
    { Parameters: { Colour: { Default: 'red' } }, Resources: { Group } },
    format('Every Parameters object must contain a Type member.'),
  ],
  [
    'an output without a value',
    { Resources: { Group }, Outputs: { Name: { Description: 'none' } } },
    format('Output Name is malformed. The Value field is required.'),
  ],
  [
    'references to nothing',
    {
      Resources: {
        Group: logGroup({ Properties: { LogGroupName: { Ref: 'Nothing' } } }),
        Other: logGroup({ DependsOn: ['Group', 'Nobody'] }),
        Pseudo: logGroup({ Properties: { LogGroupName: { Ref: 'AWS::Zone' } } }),
      },
    },
    format('Unresolved resource dependencies [Nothing, AWS::Zone, Nobody] in the Resources block of the template'),
  ],
  [
    'a reference to nothing in the outputs',
    { Resources: { Group }, Outputs: { Name: { Value: { Ref: 'Nothing' } } } },
    format('Unresolved resource dependencies [Nothing] in the Outputs block of the template'),
  ],
  [
    'an unknown condition of a resource',
    { Resources: { Group: { ...Group, Condition: 'Always' } } },
    format('Unresolved condition dependency Always in the Resources block of the template'),
  ],
  [
    'an unknown condition of an output',
    { Resources: { Group }, Outputs: { Name: { Value: '1', Condition: 'Always' } } },
    format('Unresolved condition dependency Always in the Outputs block of the template'),
  ],
  [
    'resources that wait for each other',
    {
      Resources: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
        One: logGroup({ Properties: { LogGroupName: { 'Fn::Sub': '/${Two.Arn}' } } }),
        Two: logGroup({ DependsOn: 'Three' }),
        Three: logGroup({ Properties: { LogGroupName: { 'Fn::If': ['Never', { Ref: 'One' }, 'three'] } } }),
        Free: Group,
      },
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
    },
    'ValidationError: Circular dependency between resources: [One, Two, Three]',
  ],
  [
    'a macro',
    { Transform: 'AWS::Serverless-2016-10-31', Resources: { Group } },
    'ValidationError: The embedded AWS does not run template macros: remove the Transform section.',
  ],
])('refuses %s', async (_name, template, message) => {
  const { begin, api } = await startCloudFormation()
  expect(await refusal(begin(template))).toBe(message)
  expect((await api.listStacks({})).StackSummaries).toEqual([])
})

test('takes a template of 51,200 bytes and refuses a longer one', async () => {
  const { begin } = await startCloudFormation()
  const template = (length: number) => {
    const start = JSON.stringify({ Resources: { Group }, Metadata: { Long: '' } })
    return start.replace('""', `"${'é'.repeat((length - start.length) / 2)}"`)
  }
  const [longest, tooLong] = [template(51_200), template(51_202)]
  expect(await refusal(begin(longest))).toBe('accepted')
  expect(await refusal(begin(tooLong, { StackName: 'other' }))).toBe(
    `ValidationError: 1 validation error detected: Value '${tooLong.slice(0, 100)}...' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200`,
  )
})

test('keeps numbers, dates and the words of YAML 1.1 as CloudFormation reads them', async () => {
  const { create } = await startCloudFormation()
  const { outputs } = await create(`
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Group: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: 2026-01-02 } }
Outputs:
  Name: { Value: !Ref Group }
  Number: { Value: 80 }
  Text: { Value: '080' }
  Block:
    Value: |
      one
      two
  Folded: { Value: "a
    b" }
`)
  expect(outputs).toEqual({ Name: '2026-01-02', Number: '80', Text: '080', Block: 'one\ntwo\n', Folded: 'a b' })
})

test('says of a template what it declares and needs', async () => {
  const { api } = await startCloudFormation()
  const TemplateBody = JSON.stringify({
    Description: 'A role and a group',
    Parameters: {
      Colour: { Type: 'String', Default: 'red', AllowedValues: ['red', 'blue'], Description: 'of the group' },
      Secret: { Type: 'String', NoEcho: true },
    },
    Resources: { Group, Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } } },
  })
  const { $metadata: _validated, ...validated } = await api.validateTemplate({ TemplateBody })
  const { $metadata: _summary, ...summary } = await api.getTemplateSummary({ TemplateBody })
  const needs = {
    Description: 'A role and a group',
    Capabilities: ['CAPABILITY_IAM'],
    CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Role]',
  }
  expect([validated, summary]).toEqual([
    {
      ...needs,
      Parameters: [
        { ParameterKey: 'Colour', DefaultValue: 'red', NoEcho: false, Description: 'of the group' },
        { ParameterKey: 'Secret', NoEcho: true },
      ],
    },
    {
      ...needs,
      Version: '2010-09-09',
      ResourceTypes: ['AWS::Logs::LogGroup', 'AWS::IAM::Role'],
      Parameters: [
        {
          ParameterKey: 'Colour',
          ParameterType: 'String',
          DefaultValue: 'red',
          NoEcho: false,
          Description: 'of the group',
          ParameterConstraints: { AllowedValues: ['red', 'blue'] },
        },
        { ParameterKey: 'Secret', ParameterType: 'String', NoEcho: true, ParameterConstraints: {} },
      ],
    },
  ])
})
