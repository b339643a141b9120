import { createHash } from 'node:crypto'
import type { Predictor } from '../core/predictor.ts'
import { assemblePredictor } from './assemble-predictor.ts'
import type { ModelManifest } from './mlmodel.ts'

/**
 * Makes a predictor of a model's parts: pure TypeScript, no native code.
 *
 * @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 */
export function createPredictor(manifest: ModelManifest, onnx: Uint8Array): Predictor {
  return assemblePredictor(manifest, onnx, { digest: digestOf(onnx) })
}

/** The hash that names a model in tags, answers and logs: hexadecimal sha256 of its ONNX bytes. */
export function digestOf(onnx: Uint8Array): string {
  return createHash('sha256').update(onnx).digest('hex')
}
