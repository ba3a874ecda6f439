import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest begin first, so that nothing long is left at the end; those that wait give their processor to those that reckon. */
const FIRST = [
  /aws-cli\.test/,
  /simulation\.test/,
  /cfn-lint\.test/,
  /\.docker\.test/,
  /\/cli\/|local\.test|server-process\.test/,
  /failures|traffic-shift|matrix|fuzz|goldens|recovery|scaling|wire-/,
]

const rank = ({ moduleId }: TestSpecification): number => {
  const found = FIRST.findIndex((pattern) => pattern.test(moduleId))
  return found < 0 ? FIRST.length : found
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
