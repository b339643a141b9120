/**
 * What a neural network's fit computes on: float32 cells in one memory, named by their byte
 * addresses, each a multiple of 16. Matrices are row-major; `…Stride` is the distance in bytes
 * from one row, column or shard to the next. Numbers of columns are multiples of 8, of rows of 4.
 */
export interface NeuralKernel {
  /** Lays b [inner, columns] out in panels of 8 columns, [columns / 8, inner, 8], for `multiply`. */
  pack(...job: PackJob): void
  /** a [rows, inner] × a packed b [inner, columns]; each cell sums over `inner` in order. */
  multiply(...job: MultiplyJob): void
  /**
   * max(z + bias, 0) in place. With a threshold above 0 each cell then becomes 0 where its random
   * 32-bit number is below, or is multiplied by `scale`: inverted dropout.
   */
  activate(...job: ActivateJob): void
  /** Gradient before `activate` from the one after it, in place: 0 where the activation is 0, else × scale. */
  deactivate(...job: DeactivateJob): void
  /** Sum over the rows of z [rows, columns], in order. */
  sumRows(...job: SumRowsJob): void
  /**
   * One step of AdamW: sums the gradients of the shards in order, updates both moments, multiplies
   * the parameters by `keep` and moves them by rate · m / (√(v · secondFactor) + 10⁻⁸).
   */
  step(...job: StepJob): void
}

export type PackJob = [
  b: number,
  rowStride: number,
  columnStride: number,
  inner: number,
  columns: number,
  into: number,
]

export type MultiplyJob = [
  a: number,
  rowStride: number,
  innerStride: number,
  packed: number,
  into: number,
  intoStride: number,
  rows: number,
  columns: number,
  inner: number,
]

export type ActivateJob = [
  z: number,
  bias: number,
  rows: number,
  columns: number,
  threshold: number,
  scale: number,
  seed: number,
]

export type DeactivateJob = [gradient: number, activation: number, count: number, scale: number]

export type SumRowsJob = [z: number, rows: number, columns: number, into: number]

export type StepJob = [
  parameters: number,
  gradients: number,
  gradientStride: number,
  shards: number,
  first: number,
  second: number,
  count: number,
  rate: number,
  keep: number,
  beta1: number,
  beta2: number,
  secondFactor: number,
]
