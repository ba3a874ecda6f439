import { expect, test } from 'vitest'
import { logicalName, nameFrom } from '../../src/plan/names.ts'

test.each([
  ['img2vid-app', 'img2vid-app'],
  ['My App (final)', 'my-app-final'],
  ['2024_demo', 'demo'],
  ['--a--', 'a'],
  ['Übung', 'bung'],
  ['42', undefined],
  ['', undefined],
  [`${'ab-'.repeat(13)}abcdef`, `${'ab-'.repeat(13)}a`],
  [`${'a'.repeat(39)}-b`, 'a'.repeat(39)],
])('a folder called %j makes the name %j', (folder, name) => {
  expect(nameFrom(folder)).toBe(name)
})

test('logical ids are spelt like those of CloudFormation', () => {
  expect(['web', 'image-worker', 'a-1b'].map(logicalName)).toEqual(['Web', 'ImageWorker', 'A1b'])
})
