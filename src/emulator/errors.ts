/** An error as AWS answers it: the wire code, the text, the HTTP status, and further members of the error's shape. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    readonly members: Record<string, unknown> = {},
  ) {
    super(message)
    this.name = code
  }
}
