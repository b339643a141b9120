import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import { binMatrix } from '../../../src/training/boosting/bin.ts'
import { openFillTeam } from '../../../src/training/boosting/fill-threads-process.ts'
import { layOutHistogram } from '../../../src/training/boosting/histogram.ts'
import {
  createSharedBlocks,
  endBlocks,
  joinBlocks,
  shareBlocks,
} from '../../../src/training/shared-blocks.ts'
import { createWorkspace, type Workspace } from '../../../src/training/boosting/workspace.ts'
import {
  cellBytes,
  featureWords,
  type FillJob,
} from '../../../src/training/kernels/boosting-kernel.ts'
import { assertFails } from '../assert-fails.ts'
import { digest, fit, type GeneratedData, generateTask, objectives } from './generated.ts'

describe('a fit shared by threads', () => {
  for (const objective of objectives) {
    test(`gives the same trees, byte for byte: ${objective}`, () => {
      const data = large(objective)
      const parameters = { objective, rounds: 6, maxLeaves: 4, featureFraction: 0.6 }
      const [alone, ...others] = [1, 2, 4].map((threads) =>
        digest(fit(data, parameters, { threads })),
      )
      assert.deepEqual(others, [alone, alone])
    })
  }

  test('ends when it is aborted, and when a callback throws; the next one is as good', () => {
    const data = large('binary')
    const parameters = { rounds: 2, maxLeaves: 4 }
    const whole = digest(fit(data, parameters))
    for (let attempt = 0; attempt < 5; attempt++) {
      const abort = new AbortController()
      const options = { threads: 3, signal: abort.signal, onRound: () => abort.abort() }
      assertFails(() => fit(data, parameters, options), 'INTERRUPTED', /./)
      const broken = (): never => assert.fail('broken')
      assert.throws(() => fit(data, parameters, { threads: 3, onRound: broken }), /broken/)
    }
    assert.equal(digest(fit(data, parameters, { threads: 3 })), whole)
  })

  test('is refused for no threads, or half a one', () => {
    for (const threads of [0, 1.5, NaN]) {
      assertFails(
        () => fit(large('binary'), { rounds: 0 }, { threads }),
        'TRAINING_INVALID',
        `'rounds' is 0, expected an integer from 1 to 100000; 'threads' is ${threads}, expected an integer from 1 on`,
      )
    }
  })
})

describe('threads that fill a histogram', () => {
  test('take rows off each other, and the sums are those of one alone', () => {
    const alone = prepare(1)
    alone.workspace.kernel.fill(...alone.job)
    const { workspace, job } = prepare(3)
    const own = slowDown(workspace)
    using team = openFillTeam(own.workspace)
    for (let attempt = 0; own.blocks === attempt * blocks; attempt++) {
      assert.ok(attempt < 100, 'this thread has summed every block of a hundred histograms')
      workspace.histograms[0]!.fill(0)
      team.fill(...job)
      assert.deepEqual(workspace.histograms[0], alone.workspace.histograms[0])
    }
  })

  test('fail the fit when one of them fails', () => {
    const { workspace, job } = prepare(2)
    const [partial] = workspace.partials
    // Beyond the memory, where no kernel can write.
    const nowhere = { byteOffset: 2 ** 32 - 64 } as Uint8Array
    const own = slowDown({ ...workspace, partials: [{ ...partial!, scratch: nowhere }] })
    using team = openFillTeam(own.workspace)
    assert.throws(() => {
      for (let attempt = 0; attempt < 100; attempt++) team.fill(...job)
    }, /a thread of the fit has failed/)
  })
})

describe('blocks', () => {
  test('are all done once, by whoever', () => {
    const words = createSharedBlocks()
    for (const count of [1, 5, 2]) {
      const seen: number[] = []
      shareBlocks(words, count, (block) => seen.push(block))
      assert.deepEqual(
        seen.toSorted((a, b) => a - b),
        [...Array(count).keys()],
      )
    }
  })

  test('of a thread that says nothing any more are waited for, but not for ever', () => {
    const words = createSharedBlocks()
    const nobody = (): void => {
      // As a thread that has taken a block and dies.
      Atomics.sub(words, 1, 1)
    }
    assert.throws(() => shareBlocks(words, 4, nobody, 20), /a thread of the fit has died/)
  })

  test('that fail do so for all', () => {
    const words = createSharedBlocks()
    assert.throws(() => shareBlocks(words, 2, () => assert.fail('mine')), /mine/)
    assert.throws(() => shareBlocks(words, 2, () => {}), /a thread of the fit has failed/)
  })

  test('are none once it is over', () => {
    const words = createSharedBlocks()
    endBlocks(words)
    joinBlocks(words, () => assert.fail('there is nothing to do'))
  })
})

const blocks = 5

function large(objective: (typeof objectives)[number]): GeneratedData {
  const shape = { rows: 5000, numberColumns: 3, missingShare: 0.1 }
  const { x, y, ...rest } = generateTask(objective, 3, shape)
  // Drawing so many would take longer than all else here.
  const times = 20
  const values = new Float32Array(times * x.values.length)
  const targets = new Float64Array(times * y.length)
  for (let i = 0; i < times; i++) {
    values.set(
      x.values.map((cell) => cell + i / 100),
      i * x.values.length,
    )
    targets.set(y, i * y.length)
  }
  return { ...rest, x: { ...x, rows: times * x.rows, values }, y: targets }
}

function prepare(threads: number): { workspace: Workspace; job: FillJob } {
  const { x, categorical } = generateTask('binary', 5, {
    rows: 4096 * blocks - 7,
    missingShare: 0.1,
  })
  const binned = binMatrix(x, categorical, 63)
  const layout = layOutHistogram(binned.features)
  const workspace = createWorkspace(binned, layout, { outputs: 1, leaves: 1, threads })
  const { order, byRow, features, scratch } = workspace
  const [derivatives, histogram] = [workspace.derivatives[0]!, workspace.histograms[0]!]
  const random = createRandom(1)
  for (let i = 0; i < derivatives.length; i++) derivatives[i] = random.nextInteger(2000) / 1024
  workspace.kernel.quantize(derivatives.byteOffset, order.length, 2 ** -30, 2 ** -20, 16)
  for (let i = 0; i < order.length; i++) order[i] = i
  for (const [k, first] of layout.firstCell.entries())
    features.set([k, first * cellBytes], featureWords * k)
  const into = [histogram.byteOffset, scratch.byteOffset] as const
  const [width, table] = [x.columns, features.byteOffset]
  const from = [byRow.byteOffset, width, derivatives.byteOffset, table, width] as const
  return { workspace, job: [order.byteOffset, order.length, ...from, ...into] }
}

/** A workspace whose kernel waits before each block, as long as the others need to start and take one, and counts them. */
function slowDown(workspace: Workspace): { workspace: Workspace; blocks: number } {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  const { kernel } = workspace
  const slow = {
    blocks: 0,
    workspace: {
      ...workspace,
      kernel: {
        ...kernel,
        fill: (...job: FillJob) => {
          slow.blocks++
          Atomics.wait(nobody, 0, 0, 20)
          kernel.fill(...job)
        },
      },
    },
  }
  return slow
}
