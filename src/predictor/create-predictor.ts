import { sha256 } from '../core/sha256.ts'
import { assemblePredictor, type ExplainingPredictor } from '../model/assemble-predictor.ts'
import type { ModelManifest } from '../model/mlmodel.ts'
import type { CompileOptions } from '../model/onnx/compile-forest.ts'
import { createProblemList } from '../serving/problem-list.ts'
import { decodeRecords } from '../serving/schemas.ts'

/** A predictor that takes rows as objects, too. */
export interface RowPredictor extends ExplainingPredictor {
  /**
   * Scores rows as `POST /predict` does: each is an object of the model's columns, checked against the schema
   * that the model was trained with. A column that may be missing can be null or absent.
   *
   * @returns one number a row, or one for each class of each row: shape [rows], or [rows, classes]
   * @throws {ToolkitError} `REQUEST_INVALID` with all that is wrong: `details.errors` has for the first hundred
   *   problems the place, '/0/AGE' in the first row, what was expected and what stood there
   */
  predictRows(rows: readonly Readonly<Record<string, unknown>>[]): Float32Array
}

/**
 * Makes a predictor of a model folder's two parts, anywhere that JavaScript runs: in a browser, an edge worker, Node. It
 * gives the very numbers that the server gives. Models with operators that are not run here, such
 * as scikit-learn's, take onnxruntime and a server.
 *
 * @param manifest - of the folder's file MLmodel, see `parseManifest`
 * @param onnx - the bytes of its model.onnx
 * @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 *
 * @example
 * ```ts
 * import { createPredictor } from 'ml-pipeline-toolkit/predictor'
 * const bytes = atob(
 *   'CAkSE21sLXBpcGVsaW5lLXRvb2xraXQ6qQEKJgoFaW5wdXQKCmNvbnN0YW50XzASBW11bF8wGgVNdWxfMCIDTXVsCigKBW11bF8wEgtwcm9iYWJpbGl0' +
 *   'eRoJU2lnbW9pZF8xIgdTaWdtb2lkEgFtKhgKAgEBEAEiBAAAAD9CCmNvbnN0YW50XzBaGAoFaW5wdXQSDwoNCAESCQoDEgFOCgIIAWIeCgtwcm9iYWJp' +
 *   'bGl0eRIPCg0IARIJCgMSAU4KAggBQgQKABASQg4KCmFpLm9ubngubWwQAw==',
 * )
 * const manifest = {
 *   name: 'loans',
 *   kind: 'logistic',
 *   target: 'defaulted',
 *   inputs: { debt: { type: 'number', min: 0 } },
 *   example: { debt: 0 },
 * } as const
 * const predictor = createPredictor(manifest, Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
 * predictor.predictRows([{ debt: 0 }]) // => Float32Array.of(0.5)
 * ```
 */
export function createPredictor(
  manifest: ModelManifest,
  onnx: Uint8Array,
  options: CompileOptions = {},
): RowPredictor {
  const predictor = assemblePredictor(manifest, onnx, { ...options, digest: sha256(onnx) })
  const columns = Object.entries(manifest.inputs).map(([name, field]) => ({ name, field }))
  return {
    ...predictor,
    predictRows: (rows) => {
      const problems = createProblemList()
      const matrix = decodeRecords(rows, {
        columns,
        problems,
        hasFlag: false,
        pointerOf: (row) => `/${row}`,
      })
      problems.check()
      return predictor.predict(matrix)
    },
  }
}
