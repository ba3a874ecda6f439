import { expect, test } from 'vitest'
import {
  bind,
  merge,
  prefixed,
  readTemplate,
  referencesOf,
  type Template,
  withProperties,
} from '../../src/plan/template.ts'

const template = (text: string): Template =>
  readTemplate(`AWSTemplateFormatVersion: '2010-09-09'\nDescription: d\n${text}`)

const PART = template(`
Parameters:
  Name: { Type: String }
  Shared: { Type: String }
Conditions:
  IsBig: !Equals [!Ref Name, big]
  IsNot: !Not [!Condition IsBig]
Resources:
  One:
    Type: T
    Condition: IsBig
    Properties:
      Name: !Ref Name
      Both: !Sub \${Name}-\${Shared}-\${Two.Arn}-\${AWS::Region}-\${!Name}
      Mapped: !Sub ['\${Name}-\${X}', { X: !Ref Name }]
      Shadowed: !Sub ['\${Name}', { Name: !Ref Two }]
      Chosen: !If [IsBig, !GetAtt Two.Arn, !Ref AWS::NoValue]
      Text: Name
  Two:
    Type: T
    DependsOn: [One, Three]
  Three:
    Type: T
    DependsOn: One
Outputs:
  Arn: { Value: !GetAtt One.Arn, Condition: IsBig, Export: { Name: !Sub '\${AWS::StackName}-\${Name}' } }
`)

test('a bound parameter is gone and its value stands wherever it was referred to', () => {
  const bound = bind(PART, { Name: 'web', Shared: { 'Fn::ImportValue': 'x' } })
  expect(bound.Parameters).toEqual({})
  expect(bound.Conditions.IsBig).toEqual({ 'Fn::Equals': ['web', 'big'] })
  expect(bound.Resources.One?.Properties).toEqual({
    Name: 'web',
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are CloudFormation's
    Both: {
      'Fn::Sub': ['web-${Shared}-${Two.Arn}-${AWS::Region}-${!Name}', { Shared: { 'Fn::ImportValue': 'x' } }],
    },
    Mapped: { 'Fn::Sub': ['web-${X}', { X: 'web' }] },
    Shadowed: { 'Fn::Sub': ['${Name}', { Name: { Ref: 'Two' } }] },
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are CloudFormation's
    Chosen: { 'Fn::If': ['IsBig', { 'Fn::GetAtt': ['Two', 'Arn'] }, { Ref: 'AWS::NoValue' }] },
    Text: 'Name',
  })
})

test('a text whose variables are all bound is no function any more', () => {
  const text = template(
    `Parameters: { A: { Type: String } }\nResources: { R: { Type: T, Properties: { P: !Sub 'x-\${A}' } } }\n`,
  )
  expect(bind(text, { A: 'a' }).Resources.R?.Properties).toEqual({ P: 'x-a' })
})

test('members of properties that are called like references are none', () => {
  const Properties = { Containers: [{ DependsOn: [{ ContainerName: 'Name', Condition: 'Name' }] }] }
  const text = template('Parameters: { Name: { Type: String } }\nResources: {}\n')
  const before = { ...text, Resources: { R: { Type: 'T', DependsOn: ['Other'], Condition: 'IsBig', Properties } } }
  expect(bind(before, { Name: 'web' }).Resources).toEqual(before.Resources)
  expect([...referencesOf(before.Resources)]).toEqual(['Other', 'IsBig'])
})

test('a prefix goes to every name and every reference, but for what is shared', () => {
  expect(prefixed(PART, 'Web', ['Shared', 'Three'])).toEqual({
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'd',
    Parameters: { WebName: { Type: 'String' }, Shared: { Type: 'String' } },
    Conditions: {
      WebIsBig: { 'Fn::Equals': [{ Ref: 'WebName' }, 'big'] },
      WebIsNot: { 'Fn::Not': [{ Condition: 'WebIsBig' }] },
    },
    Resources: {
      WebOne: {
        Type: 'T',
        Condition: 'WebIsBig',
        Properties: {
          Name: { Ref: 'WebName' },
          // biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are CloudFormation's
          Both: { 'Fn::Sub': '${WebName}-${Shared}-${WebTwo.Arn}-${AWS::Region}-${!Name}' },
          Mapped: { 'Fn::Sub': ['${WebName}-${X}', { X: { Ref: 'WebName' } }] },
          Shadowed: { 'Fn::Sub': ['${Name}', { Name: { Ref: 'WebTwo' } }] },
          Chosen: { 'Fn::If': ['WebIsBig', { 'Fn::GetAtt': ['WebTwo', 'Arn'] }, { Ref: 'AWS::NoValue' }] },
          Text: 'Name',
        },
      },
      WebTwo: { Type: 'T', DependsOn: ['WebOne', 'Three'] },
      Three: { Type: 'T', DependsOn: 'WebOne' },
    },
    Outputs: {
      WebArn: {
        Value: { 'Fn::GetAtt': ['WebOne', 'Arn'] },
        Condition: 'WebIsBig',
        Export: { Name: { 'Fn::Sub': '${AWS::StackName}-${WebName}' } },
        // biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are CloudFormation's
      },
    },
  })
})

test('a parameter that a merged part brings as a resource is no parameter any more', () => {
  const base = template(
    'Parameters: { Vpc: { Type: String }, Other: { Type: String } }\nResources: { A: { Type: T } }\n',
  )
  const part = template('Parameters: { Cidr: { Type: String } }\nResources: { Vpc: { Type: V } }\n')
  expect(merge(base, part)).toEqual({
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'd',
    Parameters: { Other: { Type: 'String' }, Cidr: { Type: 'String' } },
    Conditions: {},
    Resources: { A: { Type: 'T' }, Vpc: { Type: 'V' } },
    Outputs: {},
  })
})

test('a change to a resource that is not there is a bug of ours', () => {
  expect(() => withProperties(PART, 'Four', (properties) => properties)).toThrow('the template has no resource Four')
})
