/** Whether chance draws all that CI has time for (the project `long`), or what `npm test` draws in its four minutes. */
export const LONG = process.env.LONG !== undefined
