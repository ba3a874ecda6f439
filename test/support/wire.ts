import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Emulator } from '../../src/emulator/emulator.ts'
import { awsRequestListener } from '../../src/emulator/wire/http.ts'

/** The real listener on a loopback port, with one function for all operations behind it. */
export async function listen(call: Emulator['call']) {
  const server = createServer(awsRequestListener({ call }))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const client = {
    region: 'us-east-1',
    endpoint,
    disableHostPrefix: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  return { port, endpoint, client }
}

/** The header by which a request says where it is meant to go. Nobody here checks signatures. */
export const signed = (service: string, region = 'us-east-1') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20261121/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
})
