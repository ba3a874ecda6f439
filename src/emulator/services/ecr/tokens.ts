import { createHmac } from 'node:crypto'
import type { World } from '../../world.ts'

const HOURS_12 = 12 * 60 * 60 * 1000

/** A token says when it expires and is signed, so that none has to be remembered. */
export function issueToken(world: World, region: string): { token: string; expiresAt: Date } {
  const expiresAt = new Date(world.clock.now().getTime() + HOURS_12)
  const payload = expiresAt.getTime().toString(36)
  return { token: `${payload}.${signature(world, region, payload)}`, expiresAt }
}

export function checkToken(world: World, region: string, token: string): 'valid' | 'expired' | 'unknown' {
  const [payload = '', signed] = token.split('.')
  if (signed !== signature(world, region, payload)) return 'unknown'
  return Number.parseInt(payload, 36) < world.clock.now().getTime() ? 'expired' : 'valid'
}

function signature(world: World, region: string, payload: string): string {
  const { ecr } = world.region(region)
  ecr.secret ??= world.random.hex(64)
  return createHmac('sha256', ecr.secret).update(payload).digest('hex')
}
