import * as z from 'zod'
import { wants } from '../manifest/fields.ts'
import type { Environment } from '../manifest/model.ts'
import { importValue, merge, readTemplate, type Template, withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

const OWN = 'own'

export const encryptionFields = {
  encryption: wants(
    'own, or the ARN of a KMS key',
    z.union([z.literal(OWN), z.string().regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/)]),
  )
    .optional()
    .describe('key for logs: own for one that img2vid makes, or the ARN of yours; AWS’s if left out'),
}

/** The ARN of the key as another stack of the environment finds it; undefined where AWS’s own keys do. */
const keyOf = ({ settings: { encryption: key } }: Environment): unknown =>
  key === OWN ? importValue(`\${EnvironmentStack}-Key`) : key

const withKey = (template: Template, logicalId: string, KmsKeyId: unknown): Template =>
  logicalId in template.Resources
    ? withProperties(template, logicalId, (properties) => ({ ...properties, KmsKeyId }))
    : template

export const encryption: Feature = {
  environment: (template, { environment, texts }) => {
    const key = environment.settings.encryption
    if (key === undefined) return template
    if (key !== OWN) return withKey(template, 'FlowLogGroup', key)
    return withKey(merge(template, readTemplate(texts.key)), 'FlowLogGroup', { 'Fn::GetAtt': ['Key', 'Arn'] })
  },
  service: (template, { environment }) => {
    const key = keyOf(environment)
    return key === undefined ? template : withKey(template, 'LogGroup', key)
  },
}
