import { CborCodec, cbor } from '@smithy/core/cbor'
import { AwsError } from '../errors.ts'
import type { Protocol, WireAnswer } from './protocol.ts'

/** RPC v2: the operation is in the path, all else is CBOR. */
export function cborProtocol(
  operation: Protocol['operation'],
  oldCode: (error: AwsError) => Record<string, string>,
): Protocol {
  const codec = new CborCodec()
  return {
    operation,
    read({ input }, { bytes }) {
      if (input.isUnitSchema() || !bytes?.length) return {}
      try {
        return codec.createDeserializer().read(input, bytes)
      } catch {
        throw new AwsError('SerializationException', 'The request body is not valid CBOR.')
      }
    },
    write({ output }, value) {
      if (output.isUnitSchema()) return answer(200, cbor.serialize({}))
      const serializer = codec.createSerializer()
      serializer.write(output, value)
      return answer(200, serializer.flush())
    },
    fail: (error) => {
      const { status, code, message, members } = error
      return answer(status, cbor.serialize({ __type: code, message, ...members }), oldCode(error))
    },
  }
}

const answer = (status: number, body: Uint8Array, headers = {}): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', ...headers },
  body,
})
