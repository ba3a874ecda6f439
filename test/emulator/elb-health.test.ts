import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { checkPort } from '../../src/emulator/runtime/balancer/check.ts'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import {
  forward,
  health,
  listener,
  loadBalancer,
  serve,
  settled,
  startElb,
  target,
  targetGroup,
} from '../support/elb.ts'

test('answers 503 until a target is healthy, and again when none is any more', async () => {
  const started = await startElb()
  const { LoadBalancerArn, url } = await loadBalancer(started)
  const group = await targetGroup(started, 'web', { HealthCheckPath: '/health', Matcher: { HttpCode: '200,300-302' } })
  const status = async () => (await fetch(url)).status

  let ready = 404
  const asked = new Set<string>()
  await target(started, group, '10.0.0.1', ({ url, headers }, response) => {
    if (url === '/health') asked.add(`${headers.host} ${headers['user-agent']}`)
    response.writeHead(url === '/health' ? ready : 200).end('hello')
  })
  expect(await health(started, group)).toEqual([
    {
      State: 'unused',
      Reason: 'Target.NotInUse',
      Description: 'Target group is not configured to receive traffic from the load balancer',
    },
  ])
  const ListenerArn = await listener(started, LoadBalancerArn, forward(group))
  expect(await health(started, group)).toEqual([
    { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' },
  ])
  const unavailable = await fetch(url)
  expect([unavailable.status, unavailable.headers.get('server'), await unavailable.text()]).toEqual([
    503,
    'awselb/2.0',
    '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n',
  ])
  const codes = 'Health checks failed with these codes: [404]'
  expect(await settled(started, group, 'unhealthy')).toEqual([
    { State: 'unhealthy', Reason: 'Target.ResponseCodeMismatch', Description: codes },
  ])
  expect(await status()).toBe(503)

  ready = 301
  expect(await settled(started, group, 'healthy')).toEqual([{ State: 'healthy' }])
  expect(await status()).toBe(200)
  ready = 503
  await settled(started, group, 'unhealthy')
  expect(await status()).toBe(503)
  ready = 200
  await settled(started, group, 'healthy')
  expect([...asked]).toEqual(['10.0.0.1:8080 ELB-HealthChecker/2.0'])

  await started.elb.deleteListener({ ListenerArn })
  expect((await health(started, group))[0]?.State).toBe('unused')
  await started.elb.deregisterTargets({ TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] })
  expect(await health(started, group)).toEqual([])
})

test('says why a target is unhealthy: nothing listens, no answer in time, the port of its own', async () => {
  const started = await startElb()
  const { LoadBalancerArn } = await loadBalancer(started)
  const [refused, silent, tcp] = await Promise.all([
    targetGroup(started, 'refused'),
    targetGroup(started, 'silent', { HealthCheckTimeoutSeconds: 2 }),
    targetGroup(started, 'tcp', { HealthCheckPort: '9000' }),
  ])
  await listener(started, LoadBalancerArn, {
    Type: 'forward',
    ForwardConfig: { TargetGroups: [refused, silent, tcp].map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 })) },
  })
  const closed = await serve(() => {})
  const { port } = closed.address() as { port: number }
  closed.close()
  started.places.set('10.0.0.1:8080', { port })
  await started.elb.registerTargets({ TargetGroupArn: refused, Targets: [{ Id: '10.0.0.1' }, { Id: '10.9.9.9' }] })
  await target(started, silent, '10.0.0.2', () => {})
  await target(started, tcp, '10.0.0.3', (_request, response) => response.end())
  const management = await serve((_request, response) => response.end('ok'))
  started.places.set('10.0.0.3:9000', management.address() as { port: number })

  const failed = { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' }
  expect(await settled(started, refused, 'unhealthy')).toEqual([failed, failed])
  expect(await settled(started, silent, 'unhealthy')).toEqual([
    { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' },
  ])
  await settled(started, tcp, 'healthy')
  const described = await started.elb.describeTargetHealth({
    TargetGroupArn: tcp,
    Targets: [{ Id: '10.0.0.3' }, { Id: '10.0.0.4', Port: 1 }],
  })
  expect(described.TargetHealthDescriptions).toEqual([
    { Target: { Id: '10.0.0.3', Port: 8080 }, HealthCheckPort: '9000', TargetHealth: { State: 'healthy' } },
    {
      Target: { Id: '10.0.0.4', Port: 1 },
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      },
    },
  ])
})

test('gives a container the seconds of real life to start, and notices at once that it has', async () => {
  const started = await startElb()
  const { LoadBalancerArn } = await loadBalancer(started)
  const group = await targetGroup(started, 'web', {
    HealthCheckIntervalSeconds: 20,
    UnhealthyThresholdCount: 10,
    HealthyThresholdCount: 10,
  })
  await listener(started, LoadBalancerArn, forward(group))
  let asked = 0
  await target(started, group, '10.0.0.1', (_request, response) => {
    asked++
    response.writeHead(asked < 50 ? 503 : 200).end()
  })
  const seen = new Set<string | undefined>()
  await started.aws.eventually(async () => {
    const [target] = await health(started, group)
    seen.add(target?.Reason)
    return target?.State === 'healthy'
  })
  expect([...seen]).toEqual(['Elb.RegistrationInProgress', 'Elb.InitialHealthChecking', undefined].slice(-seen.size))
  expect(asked).toBe(50)
})

test('asks simulated containers, with sockets and without', async () => {
  const respond = (path: string) => ({ status: path === '/health' ? 200 : 404, body: `simulated ${path}` })
  const withSockets = await startElb()
  const onPaper = await startElb({ balancer: paperBalancer({ reach: () => ({ respond }) }) })
  withSockets.places.set('10.0.0.1:8080', { respond })
  const urls = []
  for (const started of [withSockets, onPaper]) {
    const { LoadBalancerArn, url } = await loadBalancer(started)
    const group = await targetGroup(started, 'web', { HealthCheckPath: '/health' })
    await listener(started, LoadBalancerArn, forward(group))
    await started.elb.registerTargets({ TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] })
    await settled(started, group, 'healthy')
    urls.push(url)
  }
  const answer = await fetch(`${urls[0]}/page?a=1`)
  expect([answer.status, await answer.text()]).toEqual([404, 'simulated /page'])
  expect(urls[1]).toBe('http://127.0.0.1:40000')
})

test('pipes connections of a Network Load Balancer to healthy targets, as bytes', async () => {
  const started = await startElb()
  const { LoadBalancerArn, port } = await loadBalancer(started, 'network')
  const group = await targetGroup(started, 'tcp', { Protocol: 'TCP', HealthCheckProtocol: 'TCP' })
  await listener(started, LoadBalancerArn, forward(group), { Port: 5432, Protocol: 'TCP' })
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.write('220 ready\n')
    socket.on('error', () => {}).pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  started.places.set('10.0.0.1:8080', server.address() as { port: number })
  await started.elb.registerTargets({ TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] })
  await settled(started, group, 'healthy')

  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  client.end('hello')
  const chunks: Buffer[] = []
  for await (const chunk of client) chunks.push(chunk)
  server.close()
  expect(Buffer.concat(chunks).toString()).toBe('220 ready\nhello')
})

test('a port that takes connections and closes them at once is Docker’s own, behind which nothing listens', async () => {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  const silent = await serve(() => {})
  const check = (of: { address(): unknown }) =>
    checkPort(
      (of.address() as { port: number }).port,
      { protocol: 'TCP', version: 'HTTP1', path: '', host: '' },
      new AbortController().signal,
    )
  expect([await check(server), await check(silent)]).toEqual([{ type: 'failed' }, { type: 'connected' }])
})
