import { stackTags, templateStack } from '../names.ts'
import { readTemplate, type TemplateTexts } from '../template.ts'
import { finishStack, isLarge, type Stack } from './stack.ts'

/** The bucket by which an app's large templates reach CloudFormation. */
export const templateBucketOf = (app: string, texts: TemplateTexts): Stack =>
  finishStack(readTemplate(texts.templateBucket), {
    name: templateStack(app),
    parameters: {},
    tags: stackTags(app),
    summary: 'bucket for large templates',
  })

/** Where the template lies in it: another content never takes the place of one. */
export const templateKey = ({ name, digest }: Pick<Stack, 'name' | 'digest'>): string => `${name}/${digest}.yaml`

/** What people should know of templates that go another way. */
export const largeNotes = (app: string, stacks: readonly Stack[]): string[] =>
  stacks
    .filter(isLarge)
    .map(
      ({ name, body }) =>
        `the template of ${name} has ${Buffer.byteLength(body)} bytes, more than a request to CloudFormation holds: it goes through a private, encrypted bucket, which the stack ${templateStack(app)} has`,
    )
