import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { localFaults } from '../../src/host/local-faults.ts'
import { isInstalled, median } from '../pairs.ts'
import type { Measure } from '../part.ts'

/** What every call takes, beside what the embedded AWS needs. */
const LATENCY_MS = 100

interface Call {
  readonly began: number
  ended: number
}

/** A deploy that changes nothing: what it asks AWS, and how long it takes beside that. */
export const measure: Measure = async ({ installed, rounds }) => {
  if (!isInstalled('docker')) return []
  const where = await installed()
  const [home, bin] = [join(where.root, 'unchanged'), join(where.root, 'unchanged', 'bin')]
  const project = join(home, 'project')
  const env: NodeJS.ProcessEnv = { ...where.env, HOME: home }
  const img2vid = (args: string, env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, [where.program, ...args.split(' ')], { cwd: project, env })
  for (const folder of [bin, project]) await mkdir(folder, { recursive: true })
  await writeFile(join(project, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
  await writeFile(join(project, 'img2vid.yaml'), 'app: demo\nservices:\n  web: { image: { build: ., port: 8080 } }\n')
  const { variables } = JSON.parse((await img2vid('local env --json', env)).stdout)
  const calls: Call[] = []
  const proxy = await counting(variables.AWS_ENDPOINT_URL, calls)
  try {
    const aws = { ...env, ...variables }
    await img2vid('deploy --yes', aws)

    const { port } = proxy.address() as AddressInfo
    const noDocker = {
      ...aws,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      PATH: `${bin}:${env.PATH}`,
    }
    await writeFile(join(bin, 'docker'), '#!/bin/sh\necho called >>"$HOME/children"\nexit 1\n')
    await chmod(join(bin, 'docker'), 0o755)
    const seconds = (LATENCY_MS / 1_000) * Number(env.IMG2VID_LOCAL_SPEED)
    await localFaults.add({ endpoint: variables.AWS_ENDPOINT_URL }, { kind: 'slow', seconds })
    const seen: { calls: number; rounds: number; own: number }[] = []
    for (let round = 0; round < rounds; round++) {
      calls.length = 0
      const begun = performance.now()
      const { stdout } = await img2vid('deploy --yes --json', noDocker)
      const whole = performance.now() - begun
      if (JSON.parse(stdout).changed !== false) throw new Error(`something was changed: ${stdout}`)
      seen.push({ calls: calls.length, rounds: longestChain(calls), own: whole - longestChain(calls) * LATENCY_MS })
    }
    const middle = (key: 'calls' | 'rounds' | 'own') => median(seen.map((one) => one[key]))
    const children = (await readFile(join(home, 'children'), 'utf8').catch(() => '')).split('\n').length - 1
    return [
      { name: 'AWS calls', value: middle('calls'), unit: 'calls', atMost: 6 },
      { name: 'one after the other', value: middle('rounds'), unit: 'round trips', atMost: 3 },
      { name: 'time beside these', value: middle('own'), unit: 'ms', atMost: 1_000 },
      { name: 'docker', value: children, unit: 'calls', atMost: 0 },
    ]
  } finally {
    proxy.close()
    await img2vid('local stop', env)
  }
}

/** Hands on what it is asked, and takes down when. */
async function counting(endpoint: string, calls: Call[]): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const call: Call = { began: performance.now(), ended: Number.POSITIVE_INFINITY }
    calls.push(call)
    const { method, url = '/', headers } = incoming
    const onward = request(new URL(url, endpoint), { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing).on('finish', () => {
        call.ended = performance.now()
      })
    })
    onward.on('error', (error) => outgoing.destroy(error))
    incoming.pipe(onward)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return server
}

/** The most calls of which each began after the one before had ended. */
function longestChain(calls: readonly Call[]): number {
  let [length, end] = [0, 0]
  for (const { began, ended } of [...calls].sort((one, other) => one.ended - other.ended)) {
    if (began < end) continue
    length += 1
    end = ended
  }
  return length
}
