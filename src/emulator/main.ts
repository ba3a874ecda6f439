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

const report = (error: unknown) => process.stderr.write(`${(error as Error).stack ?? error}\n`)
const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings

async function main(): Promise<void> {
  const server = await startServer({
    ...settings,
    seed: randomInt(2 ** 32),
    report,
  })

  // A bug in one activity must not take the user's whole AWS away.
  process.on('uncaughtException', report)

  let closing = false
  const stop = () => {
    if (closing) return
    closing = true
    // With everything closed nothing keeps the process; the channel to its parent must not either.
    if (process.connected) process.disconnect()
    server.close().catch((error: unknown) => {
      report(error)
      process.exitCode = 1
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  // Who starts it writes down where it is. Lost before that, it could be found by nobody: it ends.
  if (process.send) {
    let recorded = false
    process.once('message', () => {
      recorded = true
      process.disconnect()
    })
    process.once('disconnect', () => {
      if (!recorded) stop()
    })
    if (process.connected) process.send({ port: server.port, docker: server.docker })
    else stop()
  }
}

main()
