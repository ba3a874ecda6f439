import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: './test/support/setup.ts',
    // The SDK warns at each client's start that its support of Node 20 ends.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/**/*.docker.test.ts'] } },
      // Needs a Docker engine.
      { extends: true, test: { name: 'docker', include: ['test/**/*.docker.test.ts'], testTimeout: 60_000 } },
    ],
  },
})
