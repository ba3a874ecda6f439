import { expect, test } from 'vitest'
import { logGroup, refusal, startCloudFormation } from '../support/cloudformation.ts'

const TEMPLATE = `
Parameters:
  Colour: { Type: String, Default: red }
  Zones: { Type: CommaDelimitedList, Default: 'a, b,c' }
Mappings:
  Sizes:
    red: { cpu: 256, list: [x, y] }
Conditions:
  Red: !Equals [!Ref Colour, red]
  Blue: !Equals [!Ref Colour, blue]
  NotBlue: !Not [!Condition Blue]
  Both: !And [!Condition Red, !Condition NotBlue]
  Neither: !Or [!Condition Blue, !Equals [a, b]]
  Number: !Equals [!FindInMap [Sizes, red, cpu], '256']
Resources:
  Group: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: /one } }
  Other: { Type: AWS::Logs::LogGroup, Condition: Blue }
Outputs:
  Ref: { Value: !Ref Group }
  GetAtt: { Value: !GetAtt Group.Arn }
  GetAttList: { Value: !GetAtt [Group, Arn] }
  LongForm: { Value: { 'Fn::GetAtt': Group.Arn } }
  Account: { Value: !Ref AWS::AccountId }
  Region: { Value: !Ref AWS::Region }
  Partition: { Value: !Ref AWS::Partition }
  Suffix: { Value: !Ref AWS::URLSuffix }
  StackName: { Value: !Ref AWS::StackName }
  Sub: { Value: !Sub 'arn:\${AWS::Partition}:\${Group}:\${Group.Arn}:\${Colour}:\${!Literal}' }
  SubWith: { Value: !Sub ['\${Size} \${Colour}', { Size: !FindInMap [Sizes, !Ref Colour, cpu], Colour: own }] }
  Join: { Value: !Join ['-', [a, !Ref Colour, !Join ['', [b, c]]]] }
  JoinList: { Value: !Join [',', !Ref Zones] }
  JoinEmpty: { Value: !Join [',', []] }
  NoValueInList: { Value: !Join ['-', [a, !If [Blue, never, !Ref AWS::NoValue], c]] }
  Select: { Value: !Select [1, !Ref Zones] }
  SelectText: { Value: !Select ['2', !Split ['.', 'www.example.com']] }
  SelectMapped: { Value: !Select [0, !FindInMap [Sizes, red, list]] }
  Zone: { Value: !Select [0, !GetAZs ''] }
  ZoneElsewhere: { Value: !Select [1, !GetAZs eu-west-1] }
  Base64: { Value: { 'Fn::Base64': !Sub 'hello \${Colour}' } }
  If: { Value: !If [Red, warm, cold] }
  IfNested: { Value: !If [Blue, cold, !If [NotBlue, warm, tepid]] }
  Cidr: { Value: !Join [' ', !Cidr [10.1.0.0/16, 3, 8]] }
  CidrOfSubnet: { Value: !Select [1, !Cidr [192.168.4.0/24, 2, '5']] }
  And: { Value: yes it is, Condition: Both }
  Or: { Value: never, Condition: Neither }
  EqualTexts: { Value: yes it is, Condition: Number }
`

test('works out every function, in the short form and in the long one', async () => {
  const { create } = await startCloudFormation()
  const { status, outputs } = await create(TEMPLATE.replaceAll('\\$', '$'))
  const arn = 'arn:aws:logs:us-east-1:000000000000:log-group:/one:*'
  expect({ status, outputs }).toEqual({
    status: 'CREATE_COMPLETE',
    outputs: {
      Ref: '/one',
      GetAtt: arn,
      GetAttList: arn,
      LongForm: arn,
      Account: '000000000000',
      Region: 'us-east-1',
      Partition: 'aws',
      Suffix: 'amazonaws.com',
      StackName: 'mine',
      Sub: `arn:aws:/one:${arn}:red:\${Literal}`,
      SubWith: '256 own',
      Join: 'a-red-bc',
      JoinList: 'a,b,c',
      JoinEmpty: '',
      NoValueInList: 'a-c',
      Select: 'b',
      SelectText: 'com',
      SelectMapped: 'x',
      Zone: 'us-east-1a',
      ZoneElsewhere: 'eu-west-1b',
      Base64: Buffer.from('hello red').toString('base64'),
      If: 'warm',
      IfNested: 'warm',
      Cidr: '10.1.0.0/24 10.1.1.0/24 10.1.2.0/24',
      CidrOfSubnet: '192.168.4.32/27',
      And: 'yes it is',
      EqualTexts: 'yes it is',
    },
  })
})

const JOIN =
  'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.'
const SPLIT =
  'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.'
const SUB =
  "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string"
const GET_ATT =
  'Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute'
const FIND_IN_MAP =
  'Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value'
const SELECT_INDEX = 'Template error: Fn::Select requires a list argument with a valid index value as its first element'
const SELECT_LIST = 'Template error: Fn::Select requires a list argument with two elements: an integer index and a list'
const AND = 'Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.'
const unsupported = (name: string) =>
  `Template Error: Encountered unsupported function: ${name} Supported functions are: [Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr]`

test.each<[string, unknown, string]>([
  ['Fn::Join of a text', { 'Fn::Join': 'a' }, JOIN],
  ['Fn::Join without a list', { 'Fn::Join': ['-', 'a'] }, JOIN],
  ['Fn::Join of lists', { 'Fn::Join': ['-', [['a']]] }, JOIN],
  ['Fn::Join with three parts', { 'Fn::Join': ['-', ['a'], 'b'] }, JOIN],
  ['Fn::Split of a list', { 'Fn::Split': [',', ['a']] }, SPLIT],
  ['Fn::Split of a text', { 'Fn::Split': 'a' }, SPLIT],
  ['Fn::Sub without a text', { 'Fn::Sub': { a: 1 } }, SUB],
  ['Fn::Sub with three parts', { 'Fn::Sub': ['a', {}, {}] }, SUB],
  [
    'Fn::Sub of a shell variable',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own syntax
    { 'Fn::Sub': 'echo ${NAME:-none}' },
    'Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
  ],
  ['Fn::GetAtt without an attribute', { 'Fn::GetAtt': 'Group' }, GET_ATT],
  ['Fn::GetAtt with an empty attribute', { 'Fn::GetAtt': ['Group', ''] }, GET_ATT],
  ['Fn::FindInMap with two keys', { 'Fn::FindInMap': ['Sizes', 'red'] }, FIND_IN_MAP],
  [
    'Fn::FindInMap in no map',
    { 'Fn::FindInMap': ['Nowhere', 'red', 'cpu'] },
    "Template error: Mapping named 'Nowhere' is not present in the 'Mappings' section of template.",
  ],
  [
    'Fn::FindInMap without such a key',
    { 'Fn::FindInMap': ['Sizes', 'red', 'memory'] },
    'Template error: Unable to get mapping for Sizes::red::memory',
  ],
  ['Fn::Select by a word', { 'Fn::Select': ['first', ['a']] }, SELECT_INDEX],
  ['Fn::Select from a text', { 'Fn::Select': [0, 'a'] }, SELECT_LIST],
  [
    'Fn::Select beyond the end',
    { 'Fn::Select': [3, ['a']] },
    'Template error: Fn::Select  cannot select nonexistent value at index 3',
  ],
  [
    'Fn::If without a condition',
    { 'Fn::If': [{ Ref: 'Colour' }, 'a', 'b'] },
    'Template error: Fn::If requires a list argument with the first element being a condition',
  ],
  [
    'Fn::If with two parts',
    { 'Fn::If': ['Red', 'a'] },
    'Template error: Fn::If requires a list argument with three elements',
  ],
  [
    'Fn::If by an unknown condition',
    { 'Fn::If': ['Pink', 'a', 'b'] },
    'Template error: unresolved condition dependency Pink in Fn::If',
  ],
  [
    'Fn::Base64 of a list',
    { 'Fn::Base64': ['a'] },
    'Template error: every Fn::Base64 object must have a String-typed value.',
  ],
  ['Ref to a list', { Ref: ['Group'] }, 'Template error: All References must be of type string'],
  ['Fn::Length without its transform', { 'Fn::Length': ['a'] }, unsupported('Fn::Length')],
  ['Fn::ToJsonString without its transform', { 'Fn::ToJsonString': {} }, unsupported('Fn::ToJsonString')],
  ['an unknown function', { 'Fn::Reverse': 'a' }, unsupported('Fn::Reverse')],
])('refuses %s before anything is created', async (_name, value, message) => {
  const { begin, api } = await startCloudFormation()
  const template = {
    Parameters: { Colour: { Type: 'String', Default: 'red' } },
    Mappings: { Sizes: { red: { cpu: 256 } } },
    Conditions: { Red: { 'Fn::Equals': [{ Ref: 'Colour' }, 'red'] } },
    Resources: { Group: logGroup(), Other: logGroup({ Properties: { LogGroupName: value } }) },
  }
  expect(await refusal(begin(template))).toBe(`ValidationError: ${message}`)
  expect((await api.describeStacks({})).Stacks).toEqual([])
})

test.each<[string, object, string]>([
  [
    'Fn::Equals with one value',
    { Wrong: { 'Fn::Equals': ['a'] } },
    'Template error: Fn::Equals requires a list argument with two elements',
  ],
  ['Fn::And of one condition', { Wrong: { 'Fn::And': [{ 'Fn::Equals': ['a', 'a'] }] } }, AND],
  ['Fn::Or of texts', { Wrong: { 'Fn::Or': ['a', 'b'] } }, AND.replace('Fn::And', 'Fn::Or')],
  [
    'Fn::Not of two conditions',
    { Wrong: { 'Fn::Not': [{ Condition: 'Right' }, { Condition: 'Right' }] } },
    'Template error: Fn::Not requires a list argument with one element',
  ],
  [
    'Fn::Not of a text',
    { Wrong: { 'Fn::Not': ['a'] } },
    'Template error: Fn::Not requires a list argument with one function token',
  ],
  [
    'an unknown condition',
    { Wrong: { 'Fn::Not': [{ Condition: 'Pink' }] } },
    'Template error: unresolved condition dependency Pink in Condition',
  ],
  [
    'conditions that wait for each other',
    { Chicken: { 'Fn::Not': [{ Condition: 'Egg' }] }, Egg: { 'Fn::Not': [{ Condition: 'Chicken' }] } },
    'Template format error: Circular dependency between conditions: [Chicken, Egg]',
  ],
  [
    'a condition that looks at a resource',
    { Wrong: { 'Fn::Equals': [{ Ref: 'Group' }, 'a'] } },
    'Template format error: Unresolved dependencies [Group]. Cannot reference resources in the Conditions block of the template',
  ],
  [
    'a map that is not there',
    { Wrong: { 'Fn::Equals': [{ 'Fn::FindInMap': ['Nowhere', 'a', 'b'] }, 'a'] } },
    "Template error: Mapping named 'Nowhere' is not present in the 'Mappings' section of template.",
  ],
])('refuses %s in the conditions', async (_name, conditions, message) => {
  const { begin } = await startCloudFormation()
  const Conditions = { Right: { 'Fn::Equals': ['a', 'a'] }, ...conditions }
  expect(await refusal(begin({ Conditions, Resources: { Group: logGroup() } }))).toBe(`ValidationError: ${message}`)
})

test.each<[string, object, string]>([
  [
    'a resource whose condition does not hold',
    { Other: logGroup({ Condition: 'Never' }), Group: logGroup({ Properties: { LogGroupName: { Ref: 'Other' } } }) },
    'Template format error: Unresolved resource dependencies [Other] in the Resources block of the template',
  ],
  [
    'an attribute of a resource that is not there',
    { Group: logGroup({ Properties: { LogGroupName: { 'Fn::GetAtt': ['Other', 'Arn'] } } }) },
    'Template error: instance of Fn::GetAtt references undefined resource Other',
  ],
  [
    'an attribute in a text of a resource that is not there',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
    { Group: logGroup({ Properties: { LogGroupName: { 'Fn::Sub': '/${Other.Arn}' } } }) },
    'Template error: instance of Fn::Sub references invalid resource attribute Other.Arn',
  ],
  [
    'an import that depends on a resource',
    { Other: logGroup(), Group: logGroup({ Properties: { LogGroupName: { 'Fn::ImportValue': { Ref: 'Other' } } } }) },
    'Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
  ],
])('refuses %s', async (_name, Resources, message) => {
  const { begin } = await startCloudFormation()
  const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } }
  expect(await refusal(begin({ Conditions, Resources }))).toBe(`ValidationError: ${message}`)
})

test('fails a resource by an attribute that its type does not have', async () => {
  const { create, events } = await startCloudFormation()
  const Resources = {
    Group: logGroup(),
    Other: logGroup({ Properties: { LogGroupName: { 'Fn::GetAtt': ['Group', 'Colour'] } } }),
  }
  expect((await create({ Resources })).status).toBe('ROLLBACK_COMPLETE')
  expect((await events()).filter((event) => event.startsWith('Other CREATE_FAILED'))).toEqual([
    'Other CREATE_FAILED Requested attribute Colour does not exist in schema for AWS::Logs::LogGroup',
  ])
})
