import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { LongestFirst } from './test/support/sequence.ts'
import { translated, translateTests } from './test/support/translated.ts'

const all = [translated('test/**/*.test.ts')]
const docker = [translated('test/**/*.docker.test.ts')]
const cli = ['test/cli/**/*.test.ts', 'test/host/local.test.ts', 'test/emulator/server-process.test.ts'].map(translated)
const lint = translated('test/plan/cfn-lint.test.ts')
/** What chance draws, or an upgrade of the SDK would break: `npm test` does less of it, and does not lint. */
const long = [
  'test/simulation/*.simulation.test.ts',
  'test/plan/matrix.test.ts',
  'test/plan/manifest/fuzz.test.ts',
  'test/emulator/wire-fuzz.test.ts',
  'test/emulator/wire-roundtrip.test.ts',
].map(translated)

/**
 * Room for what soon is garbage: a fourteenth less work. Tests run much code, and each part of it seldom: compiled for speed
 * later, and with less put into it, it takes a tenth less. Newer Nodes have a faster compiler in between, and no such budget.
 */
const v8Options = [
  '--max-semi-space-size=64',
  '--max-inlined-bytecode-size-cumulative=300',
  ...(process.version.startsWith('v20.') ? ['--interrupt-budget=500000'] : []),
]

/** None extends what all have in common: what is set up for all would be set up by each. */
const project = (test: TestProjectInlineConfiguration['test'] & object): TestProjectInlineConfiguration => ({
  test: {
    // Vite has nothing to do with what is translated already.
    server: { deps: { external: [/\/generated\/test\//] } },
    // A test has its own folders, servers and clocks; to load the SDK for each file would take a third of the time.
    isolate: false,
    execArgv: v8Options,
    ...test,
    // The SDK warns at each client's start that its support of Node 20 ends.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...test.env },
  },
})

await translateTests()

export default defineConfig({
  test: {
    // What is tried is translated once, before.
    watch: false,
    globalSetup: translated('test/support/setup.ts'),
    // More than cores: many wait for others.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    projects: [
      project({ name: 'unit', include: all, exclude: [...docker, ...cli, lint], testTimeout: 20_000 }),
      project({ name: 'long', include: [...long, lint], env: { LONG: 'yes' }, testTimeout: 300_000 }),
      // The packed program, as a user runs it.
      project({ name: 'cli', include: cli, exclude: docker, testTimeout: 60_000 }),
      // Needs a Docker engine.
      project({ name: 'docker', include: docker, testTimeout: 120_000 }),
    ],
  },
})
