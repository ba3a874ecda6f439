/** How esbuild makes of our own sources what Node runs; packages are those that are installed. */
export const ownSources = /** @type {const} */ ({
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  logLevel: 'warning',
})
