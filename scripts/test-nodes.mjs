// Runs the command-line tests with the packed program under every Node that it promises to work on, or those that are named.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSIONS = ['20.19', '22', '24', '26']

const root = fileURLToPath(new URL('..', import.meta.url))

/** That Node, from the package of its name, kept for the next time. */
function install(version) {
  const folder = join(root, 'node_modules', '.nodes', version)
  const node = join(folder, 'node_modules', 'node', 'bin', 'node')
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{}')
    const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], {
      cwd: folder,
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error(`Node ${version} could not be installed`)
  }
  return node
}

const versions = process.argv.length > 2 ? process.argv.slice(2) : VERSIONS
const failed = versions.filter((version) => {
  const node = install(version)
  process.stdout.write(`\nNode ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout}`)
  // The tests themselves run on this Node, the program on that one.
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'cli']
  const { status } = spawnSync(process.execPath, vitest, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
      IMG2VID_TEST_NODE: node,
    },
  })
  return status !== 0
})
process.stdout.write(failed.length > 0 ? `\nFailed on Node ${failed.join(', ')}\n` : '\nAll passed\n')
process.exitCode = failed.length > 0 ? 1 : 0
