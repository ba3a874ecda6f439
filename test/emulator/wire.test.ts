import { request as requestHttp } from 'node:http'
import { connect } from 'node:net'
import { ECR } from '@aws-sdk/client-ecr'
import { STS } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { listen, signed } from '../support/wire.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_1_1 = { 'content-type': 'application/x-amz-json-1.1' }
const target = (operation: string) => ({ ...JSON_1_1, 'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}` })

/** A listener that answers every operation with what it was asked. */
async function listener() {
  const calls: unknown[] = []
  const { endpoint, port, client } = await listen(async (service, operation, input, { region }) => {
    calls.push([service, operation, input, region])
    return {}
  })
  async function post(headers: Record<string, string>, body: string, path = '/') {
    const response = await fetch(endpoint + path, { method: 'POST', headers, body })
    const text = await response.text()
    const code = /<Code>([^<]*)<\/Code><Message>([^<]*)</.exec(text)?.slice(1)
    return [response.status, ...(code ?? Object.values(JSON.parse(text) as object))]
  }
  return { calls, endpoint, port, client, post }
}

test.each([
  ['not signed', { ...FORM }, 'Action=ListUsers', [403, 'MissingAuthenticationToken', 'Request is missing Authentication Token']],
  ['signed in another way', { ...JSON_1_1, authorization: 'Basic YTpi' }, '{}', [403, 'MissingAuthenticationToken', 'Request is missing Authentication Token']],
  ['signed for a service that is not here', { ...signed('sns'), ...FORM }, 'Action=ListTopics', [403, 'UnknownService', 'The embedded AWS does not have the service sns.']],
  ['signed for a name of JavaScript', { ...signed('constructor'), ...JSON_1_1 }, '{}', [403, 'UnknownService', 'The embedded AWS does not have the service constructor.']],
  ['signed for what is no region', { ...signed('ecs', '__proto__'), ...target('ListClusters') }, '{}', [403, 'SignatureDoesNotMatch', 'Credential should be scoped to a valid region.']],
  ['signed for S3', { ...signed('s3') }, '', [403, 'UnknownService', 'The embedded AWS does not have the service s3.']],
  ['of no operation (JSON)', { ...signed('ecs'), ...JSON_1_1 }, '{}', [400, 'UnknownOperationException', 'The action  is not valid for this web service.']],
  ['of an unknown operation (JSON)', { ...signed('ecs'), ...target('Fly') }, '{}', [400, 'UnknownOperationException', 'The action Fly is not valid for this web service.']],
  ['of an operation hidden in JSON', { ...signed('ecs'), 'content-type': 'text/plain' }, '{"a":"&Action=ListClusters&"}', [400, 'UnknownOperationException', 'The action  is not valid for this web service.']],
  ['of an unknown operation (query)', { ...signed('iam'), ...FORM }, 'Action=Fly', [400, 'InvalidAction', 'The action Fly is not valid for this web service.']],
  ['of an unknown operation (EC2)', { ...signed('ec2'), ...FORM }, 'Action=Fly', [400, 'InvalidAction', 'The action Fly is not valid for this web service.']],
  ['of half a JSON document', { ...signed('ecs'), ...target('ListClusters') }, '{"nextToken": "', [400, 'SerializationException', 'The request body is not valid JSON.']],
  ['of a JSON list', { ...signed('ecs'), ...target('ListClusters') }, '[]', [400, 'SerializationException', 'Expected structure or map, or null']],
  ['of a number for a text', { ...signed('ecs'), ...target('ListClusters') }, '{"nextToken": 5}', [400, 'SerializationException', 'NUMBER_VALUE can not be converted to a String']],
  ['of a text for a number', { ...signed('ecs'), ...target('ListClusters') }, '{"maxResults": "5"}', [400, 'SerializationException', 'STRING_VALUE can not be converted to an Integer']],
  ['of a structure for a text', { ...signed('ecs'), ...target('ListClusters') }, '{"nextToken": {}}', [400, 'SerializationException', 'Start of structure or map found where not expected.']],
  ['of a list for a text', { ...signed('ecs'), ...target('ListClusters') }, '{"nextToken": []}', [400, 'SerializationException', 'Start of list found where not expected']],
  ['of a text for a list', { ...signed('ecs'), ...target('DescribeClusters') }, '{"clusters": "all"}', [400, 'SerializationException', 'Expected list or null']],
  ['of a truth for a structure', { ...signed('ecs'), ...target('CreateService') }, '{"networkConfiguration": true}', [400, 'SerializationException', 'Expected structure or map, or null']],
  ['of a moment that is none (JSON)', { ...signed('ssm'), ...JSON_1_1, 'x-amz-target': 'AmazonSSM.CreateAssociation' }, '{"Name":"a","ScheduleOffset":1,"AlarmConfiguration":{"Alarms":3}}', [400, 'SerializationException', 'Expected list or null']],
  ['of a moment beyond all time', { ...signed('ecr'), ...JSON_1_1, 'x-amz-target': 'a.StartLifecyclePolicyPreview' }, '{"repositoryName": true}', [400, 'SerializationException', 'TRUE_VALUE can not be converted to a String']],
  ['of a text for a number (query)', { ...signed('iam'), ...FORM }, 'Action=ListUsers&MaxItems=many', [400, 'MalformedInput', "'many' at MaxItems is no number"]],
  ['of a text for a truth (query)', { ...signed('cloudformation'), ...FORM }, 'Action=CreateStack&DisableRollback=maybe', [400, 'MalformedInput', "'maybe' at DisableRollback is no boolean"]],
  ['of a moment that is none (query)', { ...signed('autoscaling'), ...FORM }, 'Action=PutScheduledUpdateGroupAction&StartTime=soon', [400, 'MalformedInput', "'soon' at StartTime is no timestamp"]],
  ['of a number beyond all time (query)', { ...signed('autoscaling'), ...FORM }, 'Action=PutScheduledUpdateGroupAction&StartTime=99999999999999999', [400, 'MalformedInput', "'99999999999999999' at StartTime is no timestamp"]],
])('refuses a request %s', async (_what, headers, body, answer) => {
  const { calls, post } = await listener()
  expect(await post(headers, body)).toEqual(answer)
  expect(calls).toEqual([])
})
