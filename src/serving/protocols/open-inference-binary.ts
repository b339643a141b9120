/** The binary tensor data extension: bytes of tensors behind the JSON that describes them, both ways. */

import type { FastifyReply } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { readJsonBody, readTextBody, type RequestContent } from '../input/json-body.ts'
import { parseJson } from '../input/parse-json.ts'
import { sizeOf, type DatatypeName } from './open-inference-datatypes.ts'
import { encodeOutput, type OutputTensor } from './open-inference-outputs.ts'

/** How many bytes of a body are JSON, in requests and answers. */
const lengthHeader = 'inference-header-content-length'

/** The bytes behind the JSON, taken one tensor after the other. */
export interface BinaryTail {
  /** @throws {ToolkitError} `REQUEST_INVALID` when the tensor's size is not the one of its shape, or not there */
  take(tensor: {
    readonly size: unknown
    readonly shape: readonly number[]
    readonly datatype: DatatypeName
    readonly place: string
  }): Uint8Array
  /** @throws {ToolkitError} `REQUEST_INVALID` when bytes are left that no tensor took */
  checkEnd(): void
}

/** A request's JSON, and the bytes of its tensors. */
export interface TensorBody {
  readonly body: unknown
  readonly tail: BinaryTail
}

/**
 * Reads a body that is JSON alone, JSON with bytes behind it, or, when the header says that none of it is JSON,
 * the bytes of the one input.
 *
 * @param raw - what the bytes of a body without any JSON are: the input's name and how many cells a row has
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED`, `REQUEST_INVALID`
 */
export function readTensorBody(
  request: RequestContent,
  raw: { readonly name: string; readonly width: number },
): TensorBody {
  const length = request.headers[lengthHeader]
  // tritonclient sends no content type at all.
  if (length === undefined) {
    return { body: readJsonBody(request, { isTypeOptional: true }), tail: createTail(undefined) }
  }
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array()
  const jsonBytes = parseLength(length, bytes.length)
  const tail = createTail(bytes.subarray(jsonBytes))
  if (jsonBytes === 0) return { body: describeRaw(bytes.length, raw), tail }
  const { text } = readTextBody(
    { headers: request.headers, body: bytes.subarray(0, jsonBytes) },
    { types: ['application/octet-stream', 'application/json'], isTypeOptional: true },
  )
  return { body: parseJson(text), tail }
}

function parseLength(header: string | string[], bodyBytes: number): number {
  const text = String(header)
  if (/^\d{1,15}$/.test(text) && Number(text) <= bodyBytes) return Number(text)
  throw malformed(
    `the header ${lengthHeader} is '${text.slice(0, 50)}', expected a number from 0 to the body's ${bodyBytes} bytes`,
  )
}

/** The request that the bytes alone stand for. All outputs come back as bytes then. */
function describeRaw(
  bytes: number,
  { name, width }: { readonly name: string; readonly width: number },
): unknown {
  const rowBytes = 4 * width
  if (bytes % rowBytes !== 0) {
    throw malformed(`the body has ${bytes} bytes, expected a multiple of ${rowBytes}`)
  }
  const parameters = { binary_data_size: bytes }
  const input = { name, shape: [bytes / rowBytes, width], datatype: 'FP32', parameters }
  return { inputs: [input], parameters: { binary_data_output: true } }
}

function createTail(bytes: Uint8Array | undefined): BinaryTail {
  let start = 0
  return {
    take: ({ size, shape, datatype, place }) => {
      if (bytes === undefined) {
        throw malformed(
          `${place} has parameters.binary_data_size, and there is no header ${lengthHeader}`,
        )
      }
      const bytesOfShape = sizeOf(datatype, countOf(shape))
      if (!isSize(size) || size !== (bytesOfShape ?? size)) {
        const expected =
          bytesOfShape === undefined
            ? 'a number of bytes'
            : `${bytesOfShape} as its shape and datatype say`
        throw malformed(
          `${place}.parameters.binary_data_size is ${describe(size)}, expected ${expected}`,
        )
      }
      const end = start + size
      if (end > bytes.length) {
        throw malformed(`${place} ends at byte ${end} of ${bytes.length} behind the JSON`)
      }
      const taken = bytes.subarray(start, end)
      start = end
      return taken
    },
    checkEnd: () => {
      const left = (bytes?.length ?? 0) - start
      if (left > 0) throw malformed(`${left} bytes are left behind the last tensor`)
    },
  }
}

/** Elements of a tensor of this shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

function isSize(size: unknown): size is number {
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
}

function describe(size: unknown): string {
  return typeof size === 'number' ? String(size) : `a ${typeof size}`
}

/**
 * Which outputs a request wants as bytes: what an output's own parameters say, else what the request's say.
 *
 * @throws {ToolkitError} `REQUEST_INVALID`
 */
export function binaryOutputs(body: Readonly<Record<string, unknown>>): (name: string) => boolean {
  const all = readFlag(body, 'binary_data_output', 'parameters') ?? false
  const outputs: readonly unknown[] = Array.isArray(body['outputs']) ? body['outputs'] : []
  const own = new Map(
    outputs.filter(isObject).map((output, i) => {
      const flag = readFlag(output, 'binary_data', `outputs[${i}].parameters`)
      return [String(output['name']), flag] as const
    }),
  )
  return (name) => own.get(name) ?? all
}

function readFlag(
  { parameters }: Readonly<Record<string, unknown>>,
  name: string,
  place: string,
): boolean | undefined {
  if (parameters === undefined || parameters === null) return undefined
  if (!isObject(parameters)) throw malformed(`${place} must be an object`)
  const flag = parameters[name]
  if (flag === undefined || typeof flag === 'boolean') return flag
  throw malformed(`${place}.${name} must be true or false`)
}

/** Sends an answer: its head and outputs as JSON, with the bytes of those behind it that are wanted so. */
export function sendTensors(
  reply: FastifyReply,
  answer: {
    readonly head: object
    readonly outputs: readonly OutputTensor[]
    readonly isBinary: (name: string) => boolean
  },
): object {
  const { head, outputs, isBinary } = answer
  const tails: Uint8Array[] = []
  const described = outputs.map((output) => {
    const { name, datatype, shape, data } = output
    const tensor = { name, datatype, shape }
    if (!isBinary(name)) return Object.assign(tensor, { data: Array.from(data) })
    const bytes = encodeOutput(output)
    tails.push(bytes)
    return Object.assign(tensor, { parameters: { binary_data_size: bytes.length } })
  })
  const body = { ...head, outputs: described }
  if (tails.length === 0) return body
  const json = Buffer.from(JSON.stringify(body))
  void reply.header(lengthHeader, String(json.length)).type('application/octet-stream')
  return Buffer.concat([json, ...tails])
}

function malformed(message: string): ToolkitError {
  return new ToolkitError('REQUEST_INVALID', message)
}
