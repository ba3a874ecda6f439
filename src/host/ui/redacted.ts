/** What is told may end in the log of a CI. */
export { redactedTexts } from '../../plan/redact.ts'
