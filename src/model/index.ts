export { describeModel } from './describe-model.ts'
export { meanContributions } from './explain/compile-explainer.ts'
export { defaultMissingText, formatModelFolder, modelFiles, type ModelManifest } from './mlmodel.ts'
export { openPredictor, readModelFolder, writeModelFolder } from './model-folder-file.ts'
export {
  createGraphBuilder,
  createNodeCollector,
  type GraphBuilder,
  type NodeBuilder,
} from './onnx/build.ts'
export { decodeModel } from './onnx/decode.ts'
export { elementTypeCodes, encodeModel } from './onnx/encode.ts'
export { compileGraph, compileModel, type Evaluator } from './onnx/evaluate.ts'
export type { Attribute, OnnxModel } from './onnx/graph.ts'
export { takesMoments, withRawInputs } from './onnx/raw-inputs.ts'
export type { NumberValue, TextValue, Value } from './onnx/value.ts'
export { givesMaps } from './onnx/map-output.ts'
export { openModel } from './open-model.ts'
export { parseManifest } from './parse-manifest.ts'
export { createPredictor, digestOf } from './predictor.ts'
