import type * as Sdk from '@aws-sdk/client-ec2'

/** What AWS answers for an attached internet gateway, though its own enumeration lacks the word. */
export const ATTACHED = 'available' as string as Sdk.AttachmentStatus
