import type * as Sdk from '@aws-sdk/client-ssm'
import type { World } from '../../world.ts'
import { type PublicAmi, publicAmis } from '../ec2/amis.ts'

/** An image's own parameters: its id and, next to those of the ECS images, its name and a document about it. */
function parametersOf({ parameter, imageId, name }: PublicAmi): [name: string, value: string][] {
  const folder = /^(.*\/ecs\/.*)\/image_id$/.exec(parameter)?.[1]
  if (folder === undefined) return [[parameter, imageId]]
  const document = {
    schema_version: 1,
    image_name: name,
    image_id: imageId,
    os: name.startsWith('al2023') ? 'Amazon Linux 2023' : 'Amazon Linux 2',
    ecs_runtime_version: 'Docker version 25.0.14',
    ecs_agent_version: '1.103.0',
  }
  return [
    [folder, JSON.stringify(document)],
    [`${folder}/image_name`, name],
    [parameter, imageId],
  ]
}

/** What AWS itself publishes in every region. */
export const publicParameters = (world: World, region: string): Sdk.Parameter[] =>
  publicAmis(region)
    .flatMap(parametersOf)
    .map(([Name, Value]) => ({
      Name,
      Type: 'String',
      Value,
      Version: 1,
      LastModifiedDate: world.clock.now(),
      ARN: `arn:aws:ssm:${region}::parameter${Name}`,
      DataType: Name.endsWith('image_id') ? 'aws:ec2:image' : 'text',
    }))

export const publicParameter = (world: World, region: string, name: string): Sdk.Parameter | undefined =>
  name.startsWith('/aws/') ? publicParameters(world, region).find(({ Name }) => Name === name) : undefined
