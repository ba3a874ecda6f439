import { hostOf } from '../features/host.ts'
import type { Service } from '../manifest/model.ts'
import type { ImageFacts } from './facts.ts'
import type { Finding } from './finding.ts'

/** The compressed image, and what it becomes: both are on the disk at the same time. */
const UNPACKED = 2.5
const GIB = 1024 ** 3
/** What a Fargate task has when nothing else is said, and the volume of instances. */
const DISK_GIB = { fargate: 20, gpu: 150, ec2: 30, managed: 80, external: Number.POSITIVE_INFINITY }

/** IMG01: an image for another platform ends with `exec format error`, or is not even pulled. */
export const platformFinding = (
  service: Pick<Service, 'name' | 'platform'>,
  image: string,
  platforms: readonly string[],
): Finding | undefined =>
  platforms.length === 0 || platforms.includes(service.platform)
    ? undefined
    : {
        code: 'IMG01',
        severity: 'error',
        service: service.name,
        message: `${image} is for ${platforms.join(', ')}, and its tasks run on ${service.platform}`,
        hint: platforms.some((platform) => platform === 'linux/arm64' || platform === 'linux/amd64')
          ? `build the image for ${service.platform}, or set services.${service.name}.platform to ${platforms[0]}`
          : `build the image for ${service.platform}`,
      }

/** IMG01 and IMG02: an image that exists is there, runs on the tasks' platform, and has room on their disk. */
export function imageFindings(service: Service, location: string, image: ImageFacts | undefined): Finding[] {
  const { name, compute } = service
  if (!image) {
    const message = `the image ${location} does not exist`
    const hint = `push it, or mend services.${name}.image.location`
    return [{ code: 'IMG02', severity: 'error', service: name, message, hint }]
  }
  const platform = platformFinding(service, location, image.platforms)
  const disk = hostOf(service.settings).disk ?? DISK_GIB[compute.kind]
  const size = (image.bytes ?? 0) / GIB
  return [
    ...(platform ? [platform] : []),
    ...(size * UNPACKED <= disk
      ? []
      : [
          {
            code: 'IMG02',
            severity: 'warning',
            service: name,
            message: `the image has ${size.toFixed(1)} GiB compressed and needs about ${Math.ceil(size * UNPACKED)} GiB of disk to be pulled; there are ${disk}`,
            hint: 'make the image smaller: fewer build tools and caches in it, weights from S3 at start',
          } as const,
        ]),
  ]
}
