import { generateKeyPairSync, sign } from 'node:crypto'

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
/** Context-specific: within a certificate version 0 and extensions 3, within a name DNS 2 and address 7. */
const constructed = (tag: number) => 0xa0 | tag
const primitive = (tag: number) => 0x80 | tag

/** A DER element. */
function der(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  const size = content.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('2a8648ce3d040302'))
const COMMON_NAME = oid('550403')
const ALTERNATIVE_NAMES = oid('551d11')
const EXTENDED_KEY_USAGE = oid('551d25')
const SERVER_AUTHENTICATION = oid('2b06010505070301')

/**
 * A certificate for this machine's loopback, signed by its own key; both as PEM. Written out here because the
 * libraries for it bring 290 kB (node-forge) or 23 packages (selfsigned) for this one form.
 */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, 'localhost'))))
  const names = der(
    SEQUENCE,
    der(primitive(2), 'localhost'),
    der(primitive(2), '*.localhost'),
    der(primitive(7), Buffer.from([127, 0, 0, 1])),
  )
  const extensions = der(
    SEQUENCE,
    der(SEQUENCE, ALTERNATIVE_NAMES, der(OCTET_STRING, names)),
    der(SEQUENCE, EXTENDED_KEY_USAGE, der(OCTET_STRING, der(SEQUENCE, SERVER_AUTHENTICATION))),
  )
  const unsigned = der(
    SEQUENCE,
    der(constructed(0), der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    // The last instant is what RFC 5280 has for "does not expire".
    der(SEQUENCE, der(GENERALIZED_TIME, '20200101000000Z'), der(GENERALIZED_TIME, '99991231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(constructed(3), extensions),
  )
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', unsigned, privateKey))
  const certificate = der(SEQUENCE, unsigned, ECDSA_WITH_SHA256, signature)
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  }
}
