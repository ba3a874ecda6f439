import { join } from 'node:path'
import { build } from 'esbuild'
import { alias } from '../../scripts/alias.mjs'
import { ownSources } from '../../scripts/own-sources.mjs'

// As deep below the root as its sources, some of which look for files from where they are.
const folder = join(import.meta.dirname, '../../generated/simulation')

/** Tells seeds of the simulation. */
export const SIMULATION = join(folder, 'main.mjs')

export const buildSimulation = () =>
  build({ entryPoints: [join(import.meta.dirname, '../simulation/main.ts')], outdir: folder, alias, ...ownSources })
