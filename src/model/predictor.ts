import { createHash } from 'node:crypto'
import { ToolkitError } from '../core/errors.ts'
import { outputWidth, type ModelOutput, type Predictor } from '../core/predictor.ts'
import { compileExplainer, type Explainer } from './explain/compile-explainer.ts'
import type { ModelManifest } from './mlmodel.ts'
import { decodeModel } from './onnx/decode.ts'
import { compileModel } from './onnx/evaluate.ts'
import type { OnnxModel } from './onnx/graph.ts'

/**
 * Makes a predictor of a model's parts: pure TypeScript, no native code.
 *
 * @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 */
export function createPredictor(manifest: ModelManifest, onnx: Uint8Array): Predictor {
  const output = manifest.output ?? { kind: 'probability' }
  const model = decodeModel(onnx)
  const predict = compileModel(model)
  checkWidth(model, output)
  let explain: Explainer | undefined
  return {
    name: manifest.name,
    inputs: manifest.inputs,
    example: manifest.example,
    digest: digestOf(onnx),
    output,
    predict,
    explain: (rows) => {
      explain ??= compileExplainer(decodeModel(onnx), {
        columns: Object.keys(manifest.inputs),
        means: manifest.contributionMeans,
      })
      return explain(rows)
    },
  }
}

function checkWidth({ graph }: OnnxModel, output: ModelOutput): void {
  const [, width] = graph.outputs[0]!.dimensions
  const wanted = outputWidth(output)
  if (typeof width !== 'number' || width === wanted) return
  throw new ToolkitError(
    'MODEL_INVALID',
    `the ONNX graph gives ${width} numbers a row, but its MLmodel names ${wanted}`,
    { hint: 'restore the folder, or train again' },
  )
}

/** The hash that names a model in tags, answers and logs: hexadecimal sha256 of its ONNX bytes. */
export function digestOf(onnx: Uint8Array): string {
  return createHash('sha256').update(onnx).digest('hex')
}
