import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECR } from '@aws-sdk/client-ecr'
import { IAM } from '@aws-sdk/client-iam'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { expect, test, vi } from 'vitest'
import { HEALTH_PATH } from '../../src/emulator/server.ts'
import { serve } from '../support/elb.ts'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, serverIn } from '../support/server.ts'

const Statement = [{ Effect: 'Allow', Principal: { Service: 'ecs.amazonaws.com' }, Action: 'sts:AssumeRole' }]
const role = { RoleName: 'a', AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }) }

test('says who it is', async () => {
  const { port } = await serverIn(temporaryFolder(), { id: 'me' })
  const answer = await fetch(`http://127.0.0.1:${port}${HEALTH_PATH}`)
  expect([answer.status, await answer.json()]).toEqual([200, { id: 'me', docker: false, pid: process.pid }])
})

test('comes back at its port, with its registry at its own, and everything that was in it, to the millisecond', async () => {
  const directory = temporaryFolder()
  const facts = async (port: number) => {
    const [iam, ecr, secrets] = [new IAM(clientOf(port)), new ECR(clientOf(port)), new SecretsManager(clientOf(port))]
    const { $metadata: _, ...found } = await iam.getRole({ RoleName: 'a' })
    const { authorizationData } = await ecr.getAuthorizationToken({})
    const { SecretString, CreatedDate } = await secrets.getSecretValue({ SecretId: 'a' })
    return { found, registry: authorizationData?.[0]?.proxyEndpoint, SecretString, CreatedDate }
  }
  const first = await serverIn(directory)
  await new IAM(clientOf(first.port)).createRole(role)
  await new SecretsManager(clientOf(first.port)).createSecret({ Name: 'a', SecretString: 'ssh' })
  const before = await facts(first.port)
  await first.close()

  const second = await serverIn(directory, { port: first.port })
  expect(second.port).toBe(first.port)
  expect(await facts(second.port)).toEqual(before)
  expect(before.found.Role?.CreateDate).toBeInstanceOf(Date)
})

test('takes another port when its own is taken', async () => {
  const other = await serve((_request, response) => response.end('not yours'))
  const { port: taken } = other.address() as { port: number }
  const { port } = await serverIn(temporaryFolder(), { port: taken })
  expect(port).not.toBe(taken)
  expect((await fetch(`http://127.0.0.1:${port}${HEALTH_PATH}`)).status).toBe(200)
  expect(await (await fetch(`http://127.0.0.1:${taken}`)).text()).toBe('not yours')
})

test('is for its owner only: every file and folder, and nothing listens beyond loopback', async () => {
  const directory = join(temporaryFolder(), 'home')
  const server = await serverIn(directory)
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all)
  for (const { address, family, internal } of addresses) {
    if (family !== 'IPv4' || internal) continue
    await expect(fetch(`http://${address}:${server.port}${HEALTH_PATH}`)).rejects.toThrow('fetch failed')
  }
  await new SecretsManager(clientOf(server.port)).createSecret({ Name: 'a', SecretString: 'secret' })
  await server.close()
  const open = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .concat('.')
    .filter((name) => (statSync(join(directory, name)).mode & 0o077) !== 0)
  expect(open).toEqual([])
  expect(readFileSync(join(directory, 'state.json'), 'utf8')).toContain('secret')
})

test('does not begin anew over a state that it cannot read', async () => {
  const directory = temporaryFolder()
  writeFileSync(join(directory, 'state.json'), '{"iam": {')
  await expect(serverIn(directory)).rejects.toThrow(SyntaxError)
  expect(readFileSync(join(directory, 'state.json'), 'utf8')).toBe('{"iam": {')
})

test('closes at once, whatever goes on and whoever is connected, and goes on with it when it is back', async () => {
  const directory = temporaryFolder()
  const first = await serverIn(directory, { speed: 0.001 })
  const Role = {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement } },
  }
  await new CloudFormation(clientOf(first.port)).createStack({
    StackName: 'a',
    TemplateBody: JSON.stringify({ Resources: { Role } }),
    Capabilities: ['CAPABILITY_IAM'],
  })
  const agent = new Agent({ keepAlive: true })
  const idle = request({ port: first.port, host: '127.0.0.1', path: HEALTH_PATH, agent }).end()
  await new Promise((answered) => idle.once('response', (response) => answered(json(response))))
  const unfinished = request({ port: first.port, host: '127.0.0.1', method: 'POST' })
  unfinished.on('error', () => {}).write('half')
  await new Promise((connected) => unfinished.once('socket', (socket) => socket.once('connect', connected)))

  await first.close()
  agent.destroy()
  await expect(fetch(`http://127.0.0.1:${first.port}`)).rejects.toThrow('fetch failed')

  const cloudformation = new CloudFormation(clientOf((await serverIn(directory)).port))
  const status = async () => (await cloudformation.describeStacks({ StackName: 'a' })).Stacks?.[0]?.StackStatus
  await vi.waitUntil(async () => (await status()) !== 'CREATE_IN_PROGRESS')
  expect(await status()).toBe('CREATE_COMPLETE')
})
