import { spawn } from 'node:child_process'
import { type Pack, pack } from 'tar-stream'
import { DockerError, docker } from './cli.ts'

/** The image of a container that does nothing but hold a network, as ECS has one for each task with an interface. */
const NAME = 'embedded-aws/pause:1'

/** Programs that wait for ever: the pause system call, or ppoll without an end where there is no pause. */
const CODE: Readonly<Record<string, { readonly machine: number; readonly code: string }>> = {
  amd64: { machine: 62, code: 'b8220000000f05ebf7' },
  arm64: { machine: 183, code: '000080d2010080d2020080d2030080d2040080d2280980d2010000d4f9ffff17' },
}

const BASE = 0x400000n
const HEADERS = 120

/** An ELF file with one segment, which is the whole file. */
function program(machine: number, code: Buffer): Buffer {
  const file = Buffer.alloc(HEADERS)
  file.write('\x7fELF', 'latin1')
  file.set([2, 1, 1], 4)
  file.writeUInt16LE(2, 16)
  file.writeUInt16LE(machine, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(BASE + BigInt(HEADERS), 24)
  file.writeBigUInt64LE(64n, 32)
  file.writeUInt16LE(64, 52)
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(1, 56)
  const size = BigInt(HEADERS + code.length)
  file.writeUInt32LE(1, 64)
  file.writeUInt32LE(5, 68)
  file.writeBigUInt64LE(BASE, 80)
  file.writeBigUInt64LE(BASE, 88)
  file.writeBigUInt64LE(size, 96)
  file.writeBigUInt64LE(size, 104)
  file.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([file, code])
}

/** The name of the image, which is made when the engine has it not. */
export async function pauseImage(): Promise<string> {
  const present = await docker(['image', 'inspect', '--format', '{{.Id}}', NAME]).catch(() => undefined)
  if (present !== undefined) return NAME
  const architecture = (await docker(['version', '--format', '{{.Server.Arch}}'])).trim()
  const known = CODE[architecture]
  if (!known) throw new Error(`there is no program for the engine's processors (${architecture}) that holds a network`)
  const archive = pack()
  archive.entry({ name: 'pause', mode: 0o755 }, program(known.machine, Buffer.from(known.code, 'hex')))
  archive.finalize()
  await imported(archive, [
    'import',
    '--platform',
    `linux/${architecture}`,
    '--change',
    'ENTRYPOINT ["/pause"]',
    '-',
    NAME,
  ])
  return NAME
}

const imported = (archive: Pack, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('docker', args, { stdio: ['pipe', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new DockerError(code ?? 1, errors))))
    archive.pipe(child.stdin)
  })
