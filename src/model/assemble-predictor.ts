import type { Contributions } from '../core/contributions.ts'
import { ToolkitError } from '../core/errors.ts'
import type { Matrix } from '../core/matrix.ts'
import { outputWidth, type ModelOutput, type Predictor } from '../core/predictor.ts'
import { compileExplainer, type Explainer } from './explain/compile-explainer.ts'
import type { ModelManifest } from './mlmodel.ts'
import { checkShapes } from './onnx/check-shapes.ts'
import type { CompileOptions } from './onnx/compile-forest.ts'
import { decodeModel } from './onnx/decode.ts'
import { compileModel } from './onnx/evaluate.ts'
import type { OnnxModel } from './onnx/graph.ts'
import { withoutRawInputs } from './onnx/raw-inputs.ts'

/** A predictor of a model whose graph is known. */
export interface ExplainingPredictor extends Predictor {
  readonly explain: (rows: Matrix) => Contributions
  readonly explainClasses: (rows: Matrix) => readonly Contributions[]
}

/**
 * Makes a predictor of a model's parts: pure TypeScript, nothing of Node.
 *
 * @param options - `digest`: hexadecimal sha256 of the ONNX bytes
 * @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 */
export function assemblePredictor(
  manifest: ModelManifest,
  onnx: Uint8Array,
  options: CompileOptions & { readonly digest: string },
): ExplainingPredictor {
  const output = manifest.output ?? { kind: 'probability' }
  const decode = (): OnnxModel => withoutRawInputs(decodeModel(onnx), manifest.inputs)
  const model = decode()
  const predict = compileModel(model, options)
  checkWidth(model, output)
  let explain: Explainer | undefined
  const explainScores: Explainer = (rows) => {
    explain ??= compileExplainer(decode(), {
      columns: Object.keys(manifest.inputs),
      means: manifest.contributionMeans,
    })
    return explain(rows)
  }
  const wide = Object.entries(manifest.inputs).flatMap(([name, { type }]) =>
    type === 'datetime' ? [name] : [],
  )
  return {
    name: manifest.name,
    inputs: manifest.inputs,
    policies: manifest.policies,
    example: manifest.example,
    digest: options.digest,
    output,
    ...(wide.length > 0 && { doubles: new Set(wide) }),
    predict,
    vary: predict.vary,
    explain: (rows) => {
      const [told, ...more] = explainScores(rows)
      if (told !== undefined && more.length === 0) return told
      throw new ToolkitError('EXPLANATION_UNSUPPORTED', 'the model has a score for each class', {
        hint: 'explainClasses tells what each column adds to each of them',
      })
    },
    explainClasses: explainScores,
  }
}

function checkWidth({ graph }: OnnxModel, output: ModelOutput): void {
  const width = checkShapes(graph)
  const wanted = outputWidth(output)
  if (width === wanted) return
  throw new ToolkitError(
    'MODEL_INVALID',
    `the ONNX graph gives ${width} numbers a row, but its MLmodel names ${wanted}`,
    { hint: 'restore the folder, or train again' },
  )
}
