import { expect, test } from 'vitest'
import { explain, UserError } from '../src/errors.ts'

const hint = 'mend it, then img2vid deploy --yes; img2vid why tells more, img2vid deploy --local needs no account'
const error = new UserError('failed', 'no', {
  hint,
  problems: [{ message: 'taken', hint: 'img2vid watch --env dev follows it' }, { message: 'here' }],
})

test('commands to paste are for what the command that failed was for', () => {
  const target = { manifest: 'other app.yaml', env: 'prod', region: 'eu-west-1', profile: 'me', local: true }
  const flags = "--manifest 'other app.yaml' --env prod --region eu-west-1 --profile me"
  expect(explain(error, target)).toEqual({
    outcome: 'failed',
    message: 'no',
    hint: `mend it, then img2vid deploy ${flags} --local --yes; img2vid why ${flags} --local tells more, img2vid deploy ${flags} --local needs no account`,
    problems: [
      {
        message: 'taken',
        hint: "img2vid watch --manifest 'other app.yaml' --region eu-west-1 --profile me --local --env dev follows it",
      },
      { message: 'here' },
    ],
  })
})

test('they stay as they are where nothing was said', () => {
  expect(explain(error, { manifest: 'img2vid.yaml' }).hint).toBe(hint)
  expect(explain(error).hint).toBe(hint)
})
