import { fixedId } from './ids.ts'

export interface PublicAmi {
  /** The SSM parameter whose value is the image's id. */
  readonly parameter: string
  readonly imageId: string
  readonly name: string
  readonly architecture: 'x86_64' | 'arm64'
  readonly kind: 'ecs' | 'ecs-gpu' | 'bottlerocket' | 'bottlerocket-gpu' | 'linux'
}

const ECS = '/aws/service/ecs/optimized-ami'
const AL2023 = `${ECS}/amazon-linux-2023`
const AL2 = `${ECS}/amazon-linux-2`
const BOTTLEROCKET = '/aws/service/bottlerocket'
const LATEST_LINUX = '/aws/service/ami-amazon-linux-latest'

/** Folder of the ECS parameters, name, architecture, kind. Each is found as `recommended` and by its name. */
const ecsOptimized = [
  [AL2023, 'al2023-ami-ecs-hvm-2023.0.20260901-kernel-6.1-x86_64', 'x86_64', 'ecs'],
  [`${AL2023}/arm64`, 'al2023-ami-ecs-hvm-2023.0.20260901-kernel-6.1-arm64', 'arm64', 'ecs'],
  [`${AL2023}/gpu`, 'al2023-ami-ecs-gpu-hvm-2023.0.20260901-kernel-6.1-x86_64-ebs', 'x86_64', 'ecs-gpu'],
  [AL2, 'amzn2-ami-ecs-hvm-2.0.20260623-x86_64-ebs', 'x86_64', 'ecs'],
  [`${AL2}/arm64`, 'amzn2-ami-ecs-hvm-2.0.20260623-arm64-ebs', 'arm64', 'ecs'],
  [`${AL2}/gpu`, 'amzn2-ami-ecs-gpu-hvm-2.0.20260623-x86_64-ebs', 'x86_64', 'ecs-gpu'],
] as const

/** Parameter, name, architecture, kind. */
const others = [
  ...(['aws-ecs-2', 'aws-ecs-2-nvidia'] as const).flatMap((variant) =>
    (['x86_64', 'arm64'] as const).map(
      (architecture) =>
        [
          `${BOTTLEROCKET}/${variant}/${architecture}/latest/image_id`,
          `bottlerocket-${variant}-${architecture}-v1.62.1-5ab8f5e1`,
          architecture,
          variant.endsWith('nvidia') ? 'bottlerocket-gpu' : 'bottlerocket',
        ] as const,
    ),
  ),
  ...(['x86_64', 'arm64'] as const).map(
    (architecture) =>
      [
        `${LATEST_LINUX}/al2023-ami-kernel-default-${architecture}`,
        `al2023-ami-2023.9.20260901.0-kernel-6.1-${architecture}`,
        architecture,
        'linux',
      ] as const,
  ),
]

/** The images whose ids AWS publishes as SSM parameters. An image can have several parameters. */
export const publicAmis = (region: string): PublicAmi[] =>
  [
    ...ecsOptimized.flatMap(([folder, name, architecture, kind]) =>
      ['recommended', name].map((version) => [`${folder}/${version}/image_id`, name, architecture, kind] as const),
    ),
    ...others,
  ].map(([parameter, name, architecture, kind]) => ({
    parameter,
    imageId: fixedId('ami', region, name),
    name,
    architecture,
    kind,
  }))
