/** The entry `ml-pipeline-toolkit/predictor`: scoring for browsers and edge workers, with nothing of Node. */

export { ToolkitError, type ErrorCode } from '../core/errors.ts'
export type { Contributions } from '../core/contributions.ts'
export type { Matrix } from '../core/matrix.ts'
export type { ModelOutput, Predictor } from '../core/predictor.ts'
export type { ModelManifest } from '../model/mlmodel.ts'
export type { CompileOptions } from '../model/onnx/compile-forest.ts'
export { parseManifest } from '../model/parse-manifest.ts'
export type { FieldPolicies, FieldPolicy, PolicyAction, PolicyCase } from '../core/field-policy.ts'
export { createPredictor, type CheckedRows, type RowPredictor } from './create-predictor.ts'
export type {
  RequestProblem,
  RequestWarning,
  RequestWarnings,
} from '../serving/input/problem-list.ts'
