import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import { encodeNeuralRows, fitNeuralEncoding } from '../../../src/training/neural/encoding.ts'
import { fillParameters, layOutNetwork } from '../../../src/training/neural/network.ts'
import { createOutputLoss } from '../../../src/training/neural/output-loss.ts'
import { shareNumbers, shareRows } from '../../../src/training/neural/share-rows.ts'
import { openThreadTeam } from '../../../src/training/neural/shard-threads-process.ts'
import {
  createLoneTeam,
  packWeights,
  type ShardTeam,
} from '../../../src/training/neural/train-batch.ts'
import {
  createWorkspaces,
  parameterCells,
  type Workspace,
  type Workspaces,
} from '../../../src/training/neural/workspace.ts'
import { generateRows } from './generated.ts'

test('threads take shards off each other, and losses and gradients are those of one alone', () => {
  const alone = prepare(1)
  const expected = alone.lone().train(batch)
  const { workspaces, team } = prepare(3)
  // Each shard of this thread takes as long as the others need to start and take one.
  const own = countShards(workspaces.own)
  using threads = team({ ...workspaces, own: own.workspace })
  for (let attempt = 0; attempt < 100; attempt++) {
    own.count = 0
    assert.deepEqual(threads.train(batch), expected)
    assert.deepEqual(gradientsOf(workspaces.own), gradientsOf(alone.workspaces.own))
    if (own.count < 4) return
  }
  assert.fail('this thread has computed every shard of a hundred batches')
})

const batch = { start: 8, count: 200, dropoutSeed: 77 }

function prepare(threads: number): {
  workspaces: Workspaces
  lone: () => ShardTeam
  team: (workspaces: Workspaces) => ShardTeam
} {
  const { x, y, inputs } = generateRows(21, 300)
  const order = shareNumbers(Int32Array.from(y.keys()))
  const encoding = fitNeuralEncoding(x, inputs, { rows: order, weights: undefined })
  const network = layOutNetwork(encoding, [16, 8], 1)
  const workspaces = createWorkspaces(network, { batchSize: 200, threads, isPlain: false })
  fillParameters(parameterCells(workspaces.own), network, createRandom(1))
  packWeights(workspaces.own)
  const lesson = {
    inputs: shareRows(encodeNeuralRows(encoding, x)),
    target: shareNumbers(y),
    weights: shareNumbers(y.map((_, row) => 0.5 + (row % 3) / 2)),
    order,
    dropout: 0.3,
    loss: createOutputLoss('binary', 1),
  }
  return {
    workspaces,
    lone: () => createLoneTeam(workspaces.own, lesson),
    team: ({ own, others, memory }) =>
      openThreadTeam({ own, others, memory: memory! }, lesson, { objective: 'binary', outputs: 1 }),
  }
}

/** A workspace whose kernel waits before each shard and counts them. */
function countShards(workspace: Workspace): { workspace: Workspace; count: number } {
  const layers = workspace.network.layers.length
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  let sums = 0
  const counted = {
    count: 0,
    workspace: {
      ...workspace,
      kernel: {
        ...workspace.kernel,
        // Once a layer.
        sumRows: (...job: Parameters<typeof workspace.kernel.sumRows>) => {
          if (sums++ % layers === 0) {
            counted.count++
            Atomics.wait(nobody, 0, 0, 50)
          }
          workspace.kernel.sumRows(...job)
        },
      },
    },
  }
  return counted
}

function gradientsOf({ cells, gradients, gradientStride }: Workspace): Float32Array {
  return cells.slice(gradients / 4, gradients / 4 + gradientStride)
}
