import { AwsError } from '../errors.ts'

/** Everything that is wrong with a request or a template is a ValidationError on the wire. */
export const invalidTemplate = (message: string): AwsError => new AwsError('ValidationError', message)
