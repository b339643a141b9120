import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { NeuralData } from './check-neural-fit.ts'
import type { NeuralParameters } from './parameters.ts'

/** Where a fit stands between two epochs. */
export interface FitState {
  /** Epochs done. */
  readonly epoch: number
  /** Steps done. */
  readonly step: number
  /** The epoch of the lowest validation loss; 0 before the first, or without validation. */
  readonly bestEpoch: number
  /** Infinity before the first. */
  readonly bestLoss: number
}

/** The rows of cells that belong to a state, each as long as the network's parameters. */
export interface FitCells {
  readonly parameters: Float32Array
  readonly firstMoments: Float32Array
  readonly secondMoments: Float32Array
  readonly best: Float32Array
}

/**
 * Names what a fit depends on besides how long it goes on: a fit may be resumed with other
 * `maxEpochs` and `patience`.
 *
 * @param draw - a number that names the random stream
 */
export function fingerprintFit(
  { x, y, inputs, weights }: NeuralData,
  parameters: NeuralParameters,
  draw: number,
): string {
  const { maxEpochs: _epochs, patience: _patience, ...lasting } = parameters
  return createHash('sha256')
    .update(JSON.stringify({ lasting, inputs, draw, ...(weights && { isWeighted: true }) }))
    .update(bytesOf(x.values))
    .update(bytesOf(y))
    .update(weights === undefined ? '' : bytesOf(weights))
    .digest('hex')
}

const magic = 'neural network checkpoint 1\n'
const parts = ['parameters', 'firstMoments', 'secondMoments', 'best'] as const

/** A line of magic, a line of JSON, then the cells as little-endian float32. */
export function encodeCheckpoint(
  fingerprint: string,
  state: FitState,
  cells: FitCells,
): Uint8Array {
  const bestLoss = state.bestLoss === Infinity ? null : state.bestLoss
  const head = `${magic}${JSON.stringify({ fingerprint, ...state, bestLoss })}\n`
  return Buffer.concat([Buffer.from(head), ...parts.map((part) => bytesOf(cells[part]))])
}

/**
 * Reads a checkpoint into the cells of a fit.
 *
 * @throws {ToolkitError} `CHECKPOINT_INVALID` when it is none, is cut short, or is of another fit.
 */
export function readCheckpoint(bytes: Uint8Array, fingerprint: string, into: FitCells): FitState {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = buffer.indexOf('\n', magic.length)
  if (end === -1 || buffer.toString('utf8', 0, magic.length) !== magic) {
    throw invalid('this is no checkpoint of a neural network')
  }
  const head = parseHead(buffer.toString('utf8', magic.length, end))
  if (head?.fingerprint !== fingerprint) {
    throw invalid('the checkpoint is of other rows, parameters or another seed')
  }
  const size = into.parameters.length * 4
  const expected = end + 1 + size * parts.length
  if (bytes.length !== expected) {
    throw invalid(`the checkpoint has ${bytes.length} bytes, expected ${expected}`)
  }
  for (const [i, part] of parts.entries()) {
    const start = end + 1 + i * size
    bytesOf(into[part]).set(buffer.subarray(start, start + size))
  }
  return head.state
}

function parseHead(text: string): { fingerprint: string; state: FitState } | undefined {
  const head = parseJson(text)
  if (!isObject(head)) return undefined
  const { fingerprint, epoch, step, bestEpoch, bestLoss } = head
  if (typeof fingerprint !== 'string' || typeof epoch !== 'number') return undefined
  if (typeof step !== 'number' || typeof bestEpoch !== 'number') return undefined
  const loss = typeof bestLoss === 'number' ? bestLoss : Infinity
  return { fingerprint, state: { epoch, step, bestEpoch, bestLoss: loss } }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid('the head of the checkpoint is no JSON', error)
  }
}

function bytesOf(cells: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength)
}

function invalid(message: string, cause?: unknown): ToolkitError {
  return new ToolkitError('CHECKPOINT_INVALID', message, {
    hint: 'start the fit anew, without a checkpoint',
    cause,
  })
}
