import type { Build, Environment, Service } from './model.ts'

/** An image that is built: a service's own, or that of one of its sidecars. */
export interface BuiltImage {
  /** The service's, or the service's and the sidecar's with a hyphen between them. */
  readonly name: string
  /** Where the manifest tells of its build. */
  readonly place: string
  readonly image: Build
  readonly platform: Service['platform']
  readonly port: number | undefined
}

export const sidecarImageName = (service: string, sidecar: string): string => `${service}-${sidecar}`

/** All that a service builds, its own image first. */
export function buildsOf({ name, image, platform, port, sidecarImages }: Service): BuiltImage[] {
  const own = image.kind === 'build' ? [{ name, place: `services.${name}.image.build`, image, platform, port }] : []
  const others = Object.entries(sidecarImages).flatMap(([sidecar, one]) =>
    one.kind === 'build'
      ? [
          {
            name: sidecarImageName(name, sidecar),
            place: `services.${name}.sidecars.${sidecar}.image.build`,
            image: one,
            platform,
            port: undefined,
          },
        ]
      : [],
  )
  return [...own, ...others]
}

export const allBuilds = ({ services }: Pick<Environment, 'services'>): BuiltImage[] => services.flatMap(buildsOf)
