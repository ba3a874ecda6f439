/** A task that cannot be started; the message is its stopped reason. */
export class StartError extends Error {}
