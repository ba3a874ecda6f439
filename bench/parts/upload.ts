import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registryUpload } from '../../src/host/registry-upload.ts'
import type { Measure } from '../part.ts'

const GIGABYTES = 2

/** An image that goes to its registry without `docker push`: `docker push` holds nothing of it here. */
export const measure: Measure = async () => {
  const root = await mkdtemp(join(tmpdir(), 'img2vid-bench-'))
  const registry = await swallowing()
  try {
    await writeFile(join(root, 'manifest.json'), JSON.stringify([{ Config: 'config.json', Layers: ['layer.tar'] }]))
    await writeFile(join(root, 'config.json'), '{}')
    await writeFile(join(root, 'layer.tar'), '')
    await truncate(join(root, 'layer.tar'), GIGABYTES * 1e9)
    const save = { program: 'tar', args: ['-cf', '-', '-C', root, 'manifest.json', 'config.json', 'layer.tar'] }
    const before = process.memoryUsage.rss()
    let most = before
    const sampling = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss())
    }, 20)
    const repositoryUri = `127.0.0.1:${registry.port}/demo`
    const begun = performance.now()
    await registryUpload.saved(save, { repositoryUri, tag: 'bench', password: 'bench' })
    const seconds = (performance.now() - begun) / 1_000
    clearInterval(sampling)
    if (registry.received() < GIGABYTES * 1e9) throw new Error(`only ${registry.received()} bytes arrived`)
    return [
      {
        name: `memory for ${GIGABYTES} GB handed over by docker save`,
        value: (most - before) / 2 ** 20,
        unit: 'MiB',
        atMost: 100,
        beside: `in ${seconds.toFixed(1)} s; docker push itself takes none of this process`,
      },
    ]
  } finally {
    registry.close()
    await rm(root, { recursive: true, force: true })
  }
}

/** A registry that takes everything and keeps nothing. */
async function swallowing() {
  let bytes = 0
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => response.writeHead(201, { location: '/v2/demo/blobs/uploads/one' }).end())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { port: (server.address() as AddressInfo).port, received: () => bytes, close: () => server.close() }
}
