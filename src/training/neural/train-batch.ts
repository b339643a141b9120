import type { EncodedRows } from './encoding.ts'
import type { OutputLoss } from './output-loss.ts'
import { shardsOfBatch, type Workspace, type WorkspacePlan } from './workspace.ts'

/** Rows to learn from or to judge. */
export interface Examples {
  readonly inputs: EncodedRows
  /** As the loss takes it, shape [rows]. */
  readonly target: Float64Array
  /** Their mean over the rows learned from is 1; 1 each when absent. Shape [rows]. */
  readonly weights: Float64Array | undefined
  readonly loss: OutputLoss
}

/** Some rows, by their numbers. */
interface Slice {
  readonly order: Int32Array
  readonly start: number
  readonly count: number
}

/** Dropout of one shard. */
interface Dropout {
  readonly share: number
  readonly seed: number
}

const noDropout: Dropout = { share: 0, seed: 0 }

/** How one step of AdamW moves the parameters. */
export interface StepSize {
  readonly learningRate: number
  readonly weightDecay: number
  /** β₁ᵗ and β₂ᵗ of step t, by which the moments are corrected. [Kingma & Ba 2015] */
  readonly beta1Power: number
  readonly beta2Power: number
}

export const beta1 = 0.9
export const beta2 = 0.999

/** Some rows to learn from in one step. */
export interface Batch {
  /** Among `order`. */
  readonly start: number
  readonly count: number
  readonly dropoutSeed: number
}

/** What is learned from; the order may change between batches. */
export interface Lesson extends Examples {
  /** Row numbers. */
  readonly order: Int32Array
  readonly dropout: number
}

/** Who computes the shards of a batch: whoever it is, the gradients and losses are the same. */
export interface ShardTeam extends Disposable {
  /** Fills in the gradients of a batch. @returns the sum of the losses of each shard */
  train(batch: Batch): readonly number[]
}

/** How many shards a batch has. */
export function countShards({ shardRows }: WorkspacePlan, { count }: Batch): number {
  return Math.ceil(count / shardRows)
}

/** Computes all shards one after another. */
export function createLoneTeam(workspace: Workspace, lesson: Lesson): ShardTeam {
  return {
    train: (batch) =>
      Array.from({ length: countShards(workspace, batch) }, (_, shard) =>
        trainShard(workspace, lesson, batch, shard),
      ),
    [Symbol.dispose]: () => {},
  }
}

/** Fills in the gradients of one shard; the layers' weights are packed already. Returns the sum of the rows' weighted losses. */
export function trainShard(
  workspace: Workspace,
  lesson: Lesson,
  batch: Batch,
  shard: number,
): number {
  const { shardRows } = workspace
  const start = batch.start + shard * shardRows
  const count = Math.min(shardRows, batch.start + batch.count - start)
  const slice = { order: lesson.order, start, count }
  const seed = batch.dropoutSeed * shardsOfBatch + shard
  runForward(workspace, lesson.inputs, slice, { share: lesson.dropout, seed })
  const loss = takeLoss(workspace, lesson, slice, 1 / batch.count)
  runBackward(workspace, lesson.inputs, slice, { shard, dropout: lesson.dropout })
  return loss
}

/** Learns from one batch: a step of AdamW [Loshchilov & Hutter 2019]. Returns the sum of the rows' weighted losses. */
export function trainBatch(
  workspace: Workspace,
  team: ShardTeam,
  batch: Batch,
  size: StepSize,
): number {
  packWeights(workspace)
  const losses = team.train(batch)
  moveParameters(workspace, losses.length, size)
  return losses.reduce((sum, loss) => sum + loss, 0)
}

/** The sum of the weighted losses of some rows, by the parameters as they are. */
export function judgeRows(workspace: Workspace, examples: Examples, order: Int32Array): number {
  packWeights(workspace)
  let loss = 0
  for (let start = 0; start < order.length; start += workspace.shardRows) {
    const slice = { order, start, count: Math.min(workspace.shardRows, order.length - start) }
    runForward(workspace, examples.inputs, slice, noDropout)
    loss += takeLoss(workspace, examples, slice, 1)
  }
  return loss
}

/** Lays the layers' weights out for this batch's products. */
export function packWeights({ kernel, network, ...memory }: Workspace): void {
  for (const [l, layer] of network.layers.entries()) {
    const [inputs, outputs] = [network.widths[l]!, network.widths[l + 1]!]
    const weights = memory.parameters + layer.weights * 4
    kernel.pack(weights, outputs * 4, 4, inputs, outputs, memory.packedWeights[l]!)
    const turned = l === 0 ? padTables(network.tableWidth) : inputs
    if (turned > 0) kernel.pack(weights, 4, outputs * 4, outputs, turned, memory.packedTurned[l]!)
  }
}

/** The gradient of the inputs is wanted for the tables only, which come first. */
function padTables(tableWidth: number): number {
  return (tableWidth + 7) & ~7
}

function paddedRows(count: number): number {
  return (count + 3) & ~3
}

/** Leaves the scores, without the output's bias, in the last activations. */
function runForward(
  workspace: Workspace,
  inputs: EncodedRows,
  slice: Slice,
  dropout: Dropout,
): void {
  const { kernel, network, activations, packedWeights } = workspace
  const { layers, widths } = network
  const rows = paddedRows(slice.count)
  const threshold = Math.round(dropout.share * (2 ** 32 - 1))
  const scale = 1 / (1 - dropout.share)
  fillInputs(workspace, inputs, slice)
  for (const [l, layer] of layers.entries()) {
    const [width, next] = [widths[l]!, widths[l + 1]!]
    const into = activations[l + 1]!
    kernel.multiply(
      activations[l]!,
      width * 4,
      4,
      packedWeights[l]!,
      into,
      next * 4,
      rows,
      next,
      width,
    )
    if (l === layers.length - 1) return
    const bias = workspace.parameters + layer.bias * 4
    const seed = Math.imul(dropout.seed * layers.length + l, 0x9e3779b1)
    kernel.activate(into, bias, rows, next, threshold, scale, seed)
  }
}

function fillInputs(workspace: Workspace, inputs: EncodedRows, slice: Slice): void {
  const { cells, network } = workspace
  const { tables, numberWidth } = network
  const width = network.widths[0]!
  const start = workspace.activations[0]! / 4
  const parameters = workspace.parameters / 4
  cells.fill(0, start, start + paddedRows(slice.count) * width)
  for (let i = 0; i < slice.count; i++) {
    const row = slice.order[slice.start + i]!
    let at = start + i * width
    for (let t = 0; t < tables.length; t++) {
      const table = tables[t]!
      let from = parameters + table.start + inputs.codes[row * tables.length + t]! * table.width
      for (let k = 0; k < table.width; k++) cells[at++] = cells[from++]!
    }
    let from = row * numberWidth
    for (let k = 0; k < numberWidth; k++) cells[at++] = inputs.numbers[from++]!
  }
}

/** Sums the weighted losses and puts their derivatives, times `share`, in the place of the scores. */
function takeLoss(
  { cells, network, parameters, activations }: Workspace,
  { target, weights, loss }: Examples,
  slice: Slice,
  share: number,
): number {
  const { bias, outputs } = network.layers.at(-1)!
  const width = network.widths.at(-1)!
  const start = activations.at(-1)! / 4
  cells.fill(0, start + slice.count * width, start + paddedRows(slice.count) * width)
  let sum = 0
  for (let i = 0; i < slice.count; i++) {
    const at = start + i * width
    for (let k = 0; k < outputs; k++) cells[at + k]! += cells[parameters / 4 + bias + k]!
    const row = slice.order[slice.start + i]!
    const weight = weights === undefined ? 1 : weights[row]!
    sum += weight * loss(cells, at, target[row]!)
    for (let k = 0; k < outputs; k++) cells[at + k]! *= weight * share
  }
  return sum
}

/** Fills in the gradients of one shard. */
function runBackward(
  workspace: Workspace,
  inputs: EncodedRows,
  slice: Slice,
  { shard, dropout }: { readonly shard: number; readonly dropout: number },
): void {
  const { kernel, network, activations, packedRows, packedTurned, deltas } = workspace
  const { layers, widths } = network
  const rows = paddedRows(slice.count)
  const gradients = workspace.gradients + shard * workspace.gradientStride
  let delta = activations.at(-1)!
  for (let l = layers.length - 1; l >= 0; l--) {
    const [width, next] = [widths[l]!, widths[l + 1]!]
    const { weights, bias } = layers[l]!
    const into = gradients + weights * 4
    kernel.pack(delta, next * 4, 4, rows, next, packedRows)
    kernel.multiply(activations[l]!, 4, width * 4, packedRows, into, next * 4, width, next, rows)
    kernel.sumRows(delta, rows, next, gradients + bias * 4)
    const wanted = l === 0 ? padTables(network.tableWidth) : width
    if (wanted === 0) return
    const before = deltas[l & 1]!
    kernel.multiply(delta, next * 4, 4, packedTurned[l]!, before, wanted * 4, rows, wanted, next)
    if (l > 0) kernel.deactivate(before, activations[l]!, rows * width, 1 / (1 - dropout))
    delta = before
  }
  sumTableGradients(workspace, inputs, slice, { gradients: gradients / 4, delta: delta / 4 })
}

function sumTableGradients(
  { cells, network }: Workspace,
  inputs: EncodedRows,
  slice: Slice,
  from: { readonly gradients: number; readonly delta: number },
): void {
  const { tables, layers } = network
  const width = padTables(network.tableWidth)
  cells.fill(0, from.gradients, from.gradients + layers[0]!.weights)
  for (let i = 0; i < slice.count; i++) {
    const row = slice.order[slice.start + i]!
    let at = from.delta + i * width
    for (let t = 0; t < tables.length; t++) {
      const table = tables[t]!
      let into = from.gradients + table.start + inputs.codes[row * tables.length + t]! * table.width
      for (let k = 0; k < table.width; k++) cells[into++]! += cells[at++]!
    }
  }
}

function moveParameters(workspace: Workspace, shards: number, size: StepSize): void {
  const { kernel, network, gradientStride } = workspace
  const { cells: count, biases } = network
  const rate = size.learningRate / (1 - size.beta1Power)
  const second = 1 / (1 - size.beta2Power)
  const move = (start: number, end: number, keep: number): void => {
    const [p, g, m, v] = [
      workspace.parameters,
      workspace.gradients,
      workspace.firstMoments,
      workspace.secondMoments,
    ].map((address) => address + start * 4)
    kernel.step(
      p!,
      g!,
      gradientStride,
      shards,
      m!,
      v!,
      end - start,
      rate,
      keep,
      beta1,
      beta2,
      second,
    )
  }
  move(0, biases, 1 - size.learningRate * size.weightDecay)
  move(biases, count, 1)
}
