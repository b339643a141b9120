import type { Matrix } from '../core/matrix.ts'
import { sha256 } from '../core/sha256.ts'
import { assemblePredictor, type ExplainingPredictor } from '../model/assemble-predictor.ts'
import type { ModelManifest } from '../model/mlmodel.ts'
import type { CompileOptions } from '../model/onnx/compile-forest.ts'
import { createProblemList, type RequestWarnings } from '../serving/input/problem-list.ts'
import { decodeRecords } from '../serving/schemas.ts'
import { columnsOf } from '../serving/served-model.ts'

/** Rows as a model takes them. */
export interface CheckedRows {
  /** For `predict` and `explain`. */
  readonly matrix: Matrix
  /** What does not fit and was let through, as the model's policies say; `undefined` when all fits. */
  readonly warnings: RequestWarnings | undefined
}

/** A predictor that takes rows as objects, too. */
export interface RowPredictor extends ExplainingPredictor {
  /**
   * Checks rows as `POST /predict` does: each is an object of the model's columns, held against the schema
   * that the model was trained with. A column that may be missing can be null or absent.
   *
   * @throws {ToolkitError} `REQUEST_INVALID` with all that is wrong: `details.errors` has for the first hundred
   *   problems the place, '/0/AGE' in the first row, what was expected and what stood there
   */
  checkRows(rows: readonly Readonly<Record<string, unknown>>[]): CheckedRows
  /**
   * Scores rows that {@link RowPredictor.checkRows} lets through; only that tells which of them needed a policy.
   *
   * @returns one number a row, or one for each class of each row: shape [rows], or [rows, classes]
   * @throws {ToolkitError} `REQUEST_INVALID`
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
 *   policies: { debt: { outOfRange: 'impute', value: 0 } },
 *   example: { debt: 0 },
 * } as const
 * const predictor = createPredictor(manifest, Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
 * predictor.predictRows([{ debt: 0 }]) // => Float32Array.of(0.5)
 * predictor.checkRows([{ debt: -1 }]).warnings?.counts // => [{ column: 'debt', policy: 'impute', count: 1 }]
 * ```
 */
export function createPredictor(
  manifest: ModelManifest,
  onnx: Uint8Array,
  options: CompileOptions = {},
): RowPredictor {
  const predictor = assemblePredictor(manifest, onnx, { ...options, digest: sha256(onnx) })
  const columns = columnsOf(predictor)
  const checkRows: RowPredictor['checkRows'] = (rows) => {
    const problems = createProblemList()
    const matrix = decodeRecords(rows, { columns, problems, hasFlag: false, pointerOf: pointerAt })
    problems.check()
    return { matrix, warnings: problems.warnings() }
  }
  return {
    ...predictor,
    checkRows,
    predictRows: (rows) => predictor.predict(checkRows(rows).matrix),
  }
}

function pointerAt(row: number): string {
  return `/${row}`
}
