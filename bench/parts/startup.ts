import { type Candidate, isInstalled, ratios } from '../pairs.ts'
import type { Measure } from '../part.ts'

/** How long until it answers, as often as a bare Node starts. */
export const measure: Measure = async ({ installed, rounds }) => {
  const where = await installed()
  const mine = (name: string, words: string, atMost: number): Candidate => ({
    name,
    command: [process.execPath, where.program, ...words.split(' ')],
    atMost,
  })
  const inTerminal = `exec ${process.execPath} ${where.program} init --manifest new.yaml`
  const candidates: Candidate[] = [
    mine('--version', '--version', 1.3),
    mine('--help', '--help', 1.3),
    mine('deploy --help', 'deploy --help', 1.5),
    mine('status --local', 'status --local', 3),
    {
      name: 'first question of init',
      command: ['script', '--quiet', '--return', '--command', inTerminal, '/dev/null'],
      until: 'App name',
      atMost: 3.5,
    },
    ...['docker', 'aws', 'cdk'].filter(isInstalled).map(
      (peer): Candidate => ({
        name: `${peer} --version`,
        command: [peer, '--version'],
      }),
    ),
  ]
  return ratios(candidates, rounds, where)
}
