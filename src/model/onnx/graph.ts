/** An ONNX model as plain values: what `build` makes, `encode` writes, `decode` reads and `evaluate` runs. [ONNX IR 9] */

export interface OnnxModel {
  readonly irVersion: number
  readonly producerName: string
  readonly opsets: readonly Opset[]
  readonly graph: Graph
}

export interface Opset {
  /** '' is the default domain, 'ai.onnx.ml' the classical models. */
  readonly domain: string
  readonly version: number
}

/** Nodes in the order in which they run. */
export interface Graph {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly initializers: readonly Tensor[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
}

/** One operator with its inputs and outputs by name. */
export interface Node {
  readonly operator: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A setting of an operator; `kind` names its type. */
export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'floats'; readonly values: readonly number[] }
  | { readonly kind: 'ints'; readonly values: readonly number[] }
  | { readonly kind: 'texts'; readonly values: readonly string[] }

/** The element types that are read and written here; texts are inputs only. */
export type ElementType = 'float' | 'double' | 'int64' | 'string'

/** A constant of the graph. */
export interface Tensor {
  readonly name: string
  readonly type: Exclude<ElementType, 'string'>
  /** Row-major. */
  readonly dimensions: readonly number[]
  readonly values: readonly number[]
}

/** An input or output of the graph. */
export interface ValueInfo {
  readonly name: string
  readonly type: ElementType
  /** A text is a symbolic dimension, such as 'N' for the number of rows. */
  readonly dimensions: readonly (number | string)[]
}
