/** Whether all is tried that CI has time for (the project `long`), or what `npm test` tries in its four minutes. */
export const LONG = process.env.LONG !== undefined
