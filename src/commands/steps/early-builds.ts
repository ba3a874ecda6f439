import type { Aws, Context } from '../../context.ts'
import { needsBuildKit } from '../../plan/docker.ts'
import type { BuiltImage } from '../../plan/manifest/builds.ts'
import type { CommonFlags } from '../flags.ts'
import { buildForPush } from './images.ts'

export interface EarlyBuilds {
  /** Of what needs no more than its files, and where an engine is to be used; once for each service. */
  begin(service: BuiltImage): void
  /** The id of the image, if it was begun. */
  of(service: BuiltImage): Promise<string> | undefined
  /** Waits for the end of those that nobody needed: the image was there by its content. */
  ended(): Promise<void>
}

/** Builds that begin before the digest of their files is known: it is enough that one of them has changed. */
export function earlyBuilds(connected: Promise<Aws>, flags: CommonFlags, context: Context): EarlyBuilds {
  const begun = new Map<string, Promise<string>>()
  const build = (service: BuiltImage, aws: Aws) => {
    if (begun.has(service.name) || aws.local?.docker === false) return
    const image = buildForPush(service, flags, context, () => aws.images.login())
    // Whether anybody needs it is not known yet.
    image.catch(() => {})
    begun.set(service.name, image)
  }
  return {
    begin(service) {
      if (needsBuildKit(service.image)) return
      connected.then(
        (aws) => build(service, aws),
        () => {},
      )
    },
    of: ({ name }) => begun.get(name),
    async ended() {
      await Promise.allSettled(begun.values())
    },
  }
}
