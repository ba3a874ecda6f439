import { randomInt } from 'node:crypto'
import { startServer } from './server.ts'

/** What the parent process hands over, and what it hears once the server listens. */
export interface ServerSettings {
  readonly directory: string
  readonly port?: number
  readonly speed: number
  readonly patience: number
  readonly id: string
  readonly docker: boolean
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings
const server = await startServer({
  ...settings,
  seed: randomInt(2 ** 32),
  report: (error) => process.stderr.write(`${(error as Error).stack ?? error}\n`),
})

// With everything closed nothing keeps the process; the channel to its parent must not either.
const stop = () => {
  if (process.connected) process.disconnect()
  server.close().catch((error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`)
    process.exitCode = 1
  })
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
process.send?.({ port: server.port, docker: server.docker })
