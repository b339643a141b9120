import { createHash } from 'node:crypto'
import type { Predictor } from '../core/predictor.ts'
import { compileExplainer, type Explainer } from './explain/compile-explainer.ts'
import type { ModelManifest } from './mlmodel.ts'
import { decodeModel } from './onnx/decode.ts'
import { compileModel } from './onnx/evaluate.ts'

/**
 * Makes a predictor of a model's parts: pure TypeScript, no native code.
 *
 * @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 */
export function createPredictor(manifest: ModelManifest, onnx: Uint8Array): Predictor {
  let explain: Explainer | undefined
  return {
    name: manifest.name,
    inputs: manifest.inputs,
    example: manifest.example,
    digest: digestOf(onnx),
    predict: compileModel(decodeModel(onnx)),
    explain: (rows) => {
      explain ??= compileExplainer(decodeModel(onnx), {
        columns: Object.keys(manifest.inputs),
        means: manifest.contributionMeans,
      })
      return explain(rows)
    },
  }
}

/** The hash that names a model in tags, answers and logs: hexadecimal sha256 of its ONNX bytes. */
export function digestOf(onnx: Uint8Array): string {
  return createHash('sha256').update(onnx).digest('hex')
}
