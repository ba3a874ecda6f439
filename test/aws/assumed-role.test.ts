import { expect, test } from 'vitest'
import { assumedRole } from '../../src/aws/assumed-role.ts'
import { startAws } from '../support/emulator.ts'

const ROLE = 'arn:aws:iam::210987654321:role/deployer'

test('a role is taken once for all clients, and again shortly before its credentials end', async () => {
  const aws = await startAws()
  let now = aws.emulator.world.clock.now()
  const credentials = assumedRole(
    ROLE,
    { ...aws.client, maxAttempts: 1, retryMode: 'standard' },
    { now: () => now, sleep: async () => {} },
  )
  const [first, same] = await Promise.all([credentials(), credentials()])
  expect(same).toBe(first)
  expect(first).toMatchObject({
    accessKeyId: expect.stringMatching(/^ASIA/),
    secretAccessKey: expect.any(String),
    sessionToken: expect.any(String),
    expiration: expect.any(Date),
  })
  expect(await credentials()).toBe(first)
  now = new Date((first.expiration?.getTime() ?? 0) - 240_000)
  const second = await credentials()
  expect(second.sessionToken).not.toBe(first.sessionToken)
  now = aws.emulator.world.clock.now()
  expect(await credentials()).toBe(second)
})

test('a role that may not be taken is told of, and tried again the next time', async () => {
  const aws = await startAws()
  const { faults } = aws.emulator.world
  faults.add({ kind: 'denied', service: 'sts', operation: 'AssumeRole', times: 1 })
  const now = aws.emulator.world.clock.now()
  const credentials = assumedRole(
    ROLE,
    { ...aws.client, maxAttempts: 1, retryMode: 'standard' },
    { now: () => now, sleep: async () => {} },
  )
  await expect(credentials()).rejects.toThrow(/AssumeRole/)
  expect(await credentials()).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) })
})
