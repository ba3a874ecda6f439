import type { ResourceEvent, StackInfo } from '../../context.ts'

/** What people put things into, by its type: how it is called, what is in it, and what takes it away. */
const KEEPS: Readonly<Record<string, (id: string) => { readonly what: string; readonly command: string }>> = {
  'AWS::EFS::FileSystem': (id) => ({
    what: `file system ${id}, with all files`,
    command: `aws efs delete-file-system --file-system-id ${id}`,
  }),
  'AWS::S3::Bucket': (id) => ({
    what: `bucket ${id}, with all objects`,
    command: `aws s3 rb --force s3://${id}`,
  }),
}

interface Ended {
  readonly stack: Pick<StackInfo, 'name'>
  readonly kept: readonly ResourceEvent[]
}

/** What an operation took out of a stack and left where it is. */
export const leftBy = ({ stack, kept }: Ended): string[] =>
  kept.flatMap(({ type, physicalId }) => {
    const found = physicalId === undefined ? undefined : KEEPS[type]?.(physicalId)
    return found ? [`${found.what}, of ${stack.name}; \`${found.command}\` takes it away`] : []
  })
