import { expect, test } from 'vitest'
import { starterIgnore } from '../../../src/plan/manifest/starter.ts'

test.each([
  [undefined, '.git\n.img2vid\n'],
  ['logs\n!logs/kept', 'logs\n!logs/kept\n.img2vid\n'],
  ['# not .img2vid\n.img2vids\n', '# not .img2vid\n.img2vids\n.img2vid\n'],
  ['logs\n.img2vid\n', undefined],
  ['**/.img2vid/\r\n', undefined],
])('to a .dockerignore of %j init writes %j', (text, written) => {
  expect(starterIgnore(text)).toBe(written)
})
