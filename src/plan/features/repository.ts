import * as z from 'zod'
import { flag, wants } from '../manifest/fields.ts'
import type { Environment } from '../manifest/model.ts'
import { type Json, type Template, withProperties } from '../template.ts'

const days = z.int().min(1).max(3650)

export const repositoryFields = {
  repository: z
    .strictObject({
      scan_on_push: flag.optional().describe('whether images are scanned when they arrive, true if left out'),
      immutable: flag.optional().describe('whether a tag stands for one image forever, true if left out'),
      encryption: wants(
        'aes256, kms or the ARN of a key',
        z.union([z.enum(['aes256', 'kms']), z.string().regex(/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/)]),
      )
        .optional()
        .describe('what images are encrypted with, aes256 if left out; it cannot be changed later'),
      lifecycle: z
        .strictObject({
          keep: z.int().min(1).max(10_000).optional().describe('how many images stay, 500 if left out'),
          untagged: days.optional().describe('days after which images without a tag go, 14 if left out'),
        })
        .optional()
        .describe('which images go by themselves'),
    })
    .optional()
    .describe('the repositories of all images that are built'),
}

const KEEP = 500
const UNTAGGED_DAYS = 14

/** The repository as the manifest wants it; what it does not speak of stays as the template has it. */
export function withRepositorySettings(template: Template, { settings }: Pick<Environment, 'settings'>): Template {
  const { scan_on_push, immutable, encryption, lifecycle } = settings.repository ?? {}
  return withProperties(template, 'Repository', (properties) => ({
    ...properties,
    ...(immutable !== undefined && { ImageTagMutability: immutable ? 'IMMUTABLE' : 'MUTABLE' }),
    ...(scan_on_push !== undefined && { ImageScanningConfiguration: { ScanOnPush: scan_on_push } }),
    ...(encryption !== undefined && { EncryptionConfiguration: encryptionOf(encryption) }),
    ...(lifecycle && { LifecyclePolicy: { LifecyclePolicyText: `${JSON.stringify(policyOf(lifecycle), null, 2)}\n` } }),
  }))
}

function encryptionOf(encryption: string): Json {
  if (encryption === 'aes256') return { EncryptionType: 'AES256' }
  return { EncryptionType: 'KMS', ...(encryption !== 'kms' && { KmsKey: encryption }) }
}

/** The same rules as those of the template, with other numbers. */
function policyOf({
  keep = KEEP,
  untagged = UNTAGGED_DAYS,
}: {
  keep?: number | undefined
  untagged?: number | undefined
}) {
  const expire = { type: 'expire' }
  const old = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: untagged }
  const more = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: keep }
  return {
    rules: [
      { rulePriority: 1, description: 'Images without a tag go', selection: old, action: expire },
      { rulePriority: 2, description: 'The newest images stay', selection: more, action: expire },
    ],
  }
}
