import { expect, test } from 'vitest'
import { stacksOf } from '../support/cloudformation.ts'
import { busyboxImage, docker, startEcsOnDocker } from '../support/ecs-docker.ts'
import { network } from '../support/elb.ts'

/** A stack whose containers find each other by their services' aliases, as one container or as several of one task. */
test('a container reaches another service by its alias', async () => {
  const image = busyboxImage()
  const { aws, lines, ecs, id } = await startEcsOnDocker()
  const { Subnets } = network(aws)
  const container = (script: string, more: object = {}) => ({
    Name: 'main',
    Image: image,
    StopTimeout: 2,
    EntryPoint: ['/bin/sh', '-c'],
    Command: [script],
    LogConfiguration: {
      LogDriver: 'awslogs',
      Options: {
        'awslogs-group': '/test',
        'awslogs-region': 'us-east-1',
        'awslogs-stream-prefix': 'ecs',
        'awslogs-create-group': 'true',
      },
    },
    ...more,
  })
  const service = (name: string, containers: object[], services: object[]) => ({
    [`${name}Task`]: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        Family: name,
        NetworkMode: 'awsvpc',
        RequiresCompatibilities: ['FARGATE'],
        ExecutionRoleArn: 'arn:aws:iam::000000000000:role/execution',
        Cpu: '256',
        Memory: '512',
        ContainerDefinitions: containers,
      },
    },
    [name]: {
      Type: 'AWS::ECS::Service',
      Properties: {
        Cluster: { Ref: 'Cluster' },
        ServiceName: name,
        LaunchType: 'FARGATE',
        TaskDefinition: { Ref: `${name}Task` },
        NetworkConfiguration: { AwsvpcConfiguration: { Subnets } },
        ServiceConnectConfiguration: { Enabled: true, Services: services },
      },
    },
  })
  const stacks = stacksOf(aws)
  const { status, reason } = await stacks.create({
    Resources: {
      Namespace: { Type: 'AWS::ServiceDiscovery::HttpNamespace', Properties: { Name: 'demo' } },
      Cluster: {
        Type: 'AWS::ECS::Cluster',
        Properties: { ServiceConnectDefaults: { Namespace: { 'Fn::GetAtt': ['Namespace', 'Arn'] } } },
      },
      ...service(
        'Back',
        [
          container('echo found > /index.html; exec httpd -f -p 8080 -h /', {
            PortMappings: [{ Name: 'http', ContainerPort: 8080 }],
          }),
          container('exec sleep 1000', { Name: 'aside' }),
        ],
        [{ PortName: 'http', ClientAliases: [{ Port: 8080, DnsName: 'back' }] }],
      ),
      ...service(
        'Front',
        [container('until wget -q -O - http://back:8080/index.html 2>/dev/null; do sleep 0.2; done; exec sleep 1000')],
        [],
      ),
    },
  })
  expect([status, reason]).toEqual(['CREATE_COMPLETE', undefined])
  const { clusterArns = [] } = await ecs.listClusters({})
  const cluster = clusterArns.find((arn) => !arn.endsWith('/default'))
  const { taskArns = [] } = await ecs.listTasks({ cluster, serviceName: 'Front' })
  expect(await lines(taskArns[0] ?? '', 1)).toEqual(['found'])
  await stacks.remove()
  await aws.eventually(async () => docker('network', 'ls', '--quiet', '--filter', `label=embedded-aws=${id}`) === '')
})
