import { defineConfig } from 'vitest/config'
import { alias } from './scripts/alias.mjs'
import { LongestFirst } from './test/support/sequence.ts'
import { v8Options } from './test/support/v8-options.ts'

const docker = ['test/**/*.docker.test.ts']
const cli = ['test/cli/**/*.test.ts', 'test/host/local.test.ts', 'test/emulator/server-process.test.ts']

export default defineConfig({
  resolve: { alias },
  test: {
    globalSetup: './test/support/setup.ts',
    // Twice as many as cores: many wait for others.
    maxWorkers: 4,
    // A test has its own folders, servers and clocks; to load the SDK for each file would take a third of the time.
    isolate: false,
    execArgv: [...v8Options],
    // As Node has it: what stands in for default exports would be asked at each use of the SDK, of Node's modules and of yaml.
    deps: { interopDefault: false },
    sequence: { sequencer: LongestFirst },
    // The SDK warns at each client's start that its support of Node 20 ends.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...docker, ...cli],
          testTimeout: 20_000,
        },
      },
      // The packed program, as a user runs it.
      { extends: true, test: { name: 'cli', include: cli, exclude: docker, testTimeout: 60_000 } },
      // Needs a Docker engine.
      { extends: true, test: { name: 'docker', include: docker, testTimeout: 120_000 } },
    ],
  },
})
