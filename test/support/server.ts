import { onTestFinished } from 'vitest'
import { type RunningServer, type ServerOptions, startServer } from '../../src/emulator/server.ts'

/** An embedded AWS with its own directory, in this process, without containers. What breaks in it fails the test. */
export async function serverIn(directory: string, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const broken: unknown[] = []
  const server = await startServer({
    directory,
    id: 'test',
    speed: 10_000,
    patience: 10_000,
    seed: 1,
    docker: false,
    report: (error) => broken.push(error),
    ...options,
  })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= server.close()
    return closed
  }
  onTestFinished(async () => {
    await close()
    if (broken.length > 0) throw new AggregateError(broken, 'activities of the emulator broke')
  })
  return { ...server, close }
}

/** What an SDK client needs to talk to the port. */
export const clientOf = (port: number) => ({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${port}`,
  maxAttempts: 1,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
