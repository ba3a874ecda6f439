import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { TestWorld } from './context.ts'

export const CERTIFICATE = 'arn:aws:acm:us-east-1:000000000000:certificate/one'
export const check = 'healthcheck: { grace_period: 5s }'

/** Asks a load balancer for a host, and tells the image that answered, or what else the answer was. */
export const ask = (url: string, headers: Record<string, string> = {}) =>
  new Promise<string>((resolve, reject) => {
    const request = url.startsWith('https') ? httpsRequest : httpRequest
    const asking = request(url, { headers, agent: false, rejectUnauthorized: false }, async (answer) => {
      const body = await text(answer)
      resolve(/task of (\S+):/.exec(body)?.[1] ?? `${answer.statusCode} ${answer.headers.location ?? ''}`.trim())
    })
    asking.on('error', reject).end()
  })

export const balancers = async ({ aws }: TestWorld) => {
  const elb = new ElasticLoadBalancingV2(aws.client)
  return { elb, all: (await elb.describeLoadBalancers({})).LoadBalancers ?? [] }
}
