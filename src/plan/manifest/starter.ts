import { stringify } from 'yaml'
import { gpuTaskMemory } from '../instances.ts'

/** What `init` has learned, by flags, from the Dockerfile or from answers. */
export interface Answers {
  readonly app: string
  readonly service: string
  readonly image: { readonly dockerfile: string } | { readonly location: string }
  readonly compute: 'fargate' | 'ec2' | 'gpu'
  readonly instances: readonly string[]
  readonly port: number | undefined
  readonly healthCheckPath: string
  readonly stickiness: boolean
  readonly environment: string
  readonly cpu: number | undefined
  readonly memory: number | undefined
  readonly gpus: number | undefined
  readonly count: number | undefined
  readonly region: string | undefined
  readonly repository: string | undefined
  readonly bucket: string | undefined
  readonly model: string | undefined
  readonly vpc: string | undefined
  readonly subnets: readonly string[] | undefined
  readonly securityGroups: readonly string[] | undefined
}

/** The text of a new `img2vid.yaml`. */
export function starterManifest(answers: Answers): string {
  const { app, service, environment, region } = answers
  const network = networkOf(answers)
  return stringify(
    {
      app,
      services: { [service]: serviceOf(answers) },
      environments: { [environment]: { ...given({ region, network }) } },
    },
    { lineWidth: 0 },
  )
}

/**
 * What `.dockerignore` is to say, so that `COPY . .` does not take along the images of the embedded AWS, which would grow
 * with each build; undefined when it does already.
 */
export function starterIgnore(text = ''): string | undefined {
  if (/^(\*\*\/)?\.img2vid\/?\s*$/m.test(text)) return undefined
  return text === '' ? '.git\n.img2vid\n' : `${text.replace(/\n?$/, '\n')}.img2vid\n`
}

const given = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

function serviceOf(answers: Answers): Record<string, unknown> {
  const { image, port, repository, compute, instances, bucket, model } = answers
  const variables = {
    ...(model !== undefined && { MODEL_NAME: model }),
    ...(bucket !== undefined && { S3_BUCKET: bucket.split('/')[0] }),
  }
  const source =
    'location' in image
      ? { location: image.location }
      : { build: image.dockerfile === 'Dockerfile' ? '.' : image.dockerfile }
  return given({
    image: given({ ...source, repository, port }),
    ...(port !== undefined && {
      http: given({ path: '/', healthcheck: answers.healthCheckPath, stickiness: answers.stickiness || undefined }),
    }),
    ...(compute === 'gpu' && { compute, instances, gpus: answers.gpus ?? 1 }),
    ...(compute === 'ec2' && { compute, ...(instances.length > 0 && { instances }) }),
    cpu: answers.cpu,
    memory:
      answers.memory ??
      (compute === 'gpu' && gpuTaskMemory(instances, answers.gpus ?? 1) === undefined ? 12_288 : undefined),
    count: answers.count ?? 1,
    ...(Object.keys(variables).length > 0 && { variables }),
    ...(bucket !== undefined && { permissions: { buckets: { read: [bucket] } } }),
  })
}

function networkOf({ vpc, subnets, securityGroups }: Answers): Record<string, unknown> | undefined {
  if (vpc === undefined && securityGroups === undefined) return undefined
  return {
    vpc: given({ id: vpc, subnets: subnets && { public: subnets }, security_groups: securityGroups }),
  }
}
