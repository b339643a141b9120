import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseParameters } from '../../src/project/parameters/parameters.ts'
import { loadProject } from '../../src/project/project-file.ts'
import { train } from '../../src/project/train.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { makeTuneFolder, withTuneSection } from './tune/tune-folder.ts'

test('a fit that was killed goes on where it was and ends with the model of one that was not', async () => {
  await using whole = await openFolder()
  await whole.train()
  assert.equal(whole.lines[0], 'neural: step 1, training log loss')

  await using killed = await openFolder()
  await assert.rejects(killed.train('step 3'), /killed/)
  assert.ok(existsSync(killed.checkpoint))
  assert.ok(!existsSync(killed.model))
  killed.lines.length = 0
  await killed.train()
  assert.equal(killed.lines[0], 'neural: step 4, training log loss')
  assert.deepEqual(readFileSync(killed.model), readFileSync(whole.model))
  assert.ok(!existsSync(killed.checkpoint))
})

test('a checkpoint that is none is told of, and the fit starts anew', async () => {
  await using folder = await openFolder()
  mkdirSync(join(folder.checkpoint, '..'), { recursive: true })
  writeFileSync(folder.checkpoint, 'garbage')
  await folder.train()
  assert.deepEqual(folder.lines.slice(0, 2), [
    'neural: this is no checkpoint of a neural network: the fit starts anew',
    'neural: step 1, training log loss',
  ])
})

interface TrainFolder extends AsyncDisposable {
  readonly checkpoint: string
  readonly model: string
  /** Progress without its numbers. */
  readonly lines: string[]
  /** @param death - dies when the log says this */
  train(death?: string): Promise<unknown>
}

async function openFolder(): Promise<TrainFolder> {
  const folder = await makeTuneFolder(withTuneSection(''))
  const { directory } = folder
  const tracking = await openTrackingStore({ directory: join(directory, '.mlpt') })
  const project = await loadProject(directory)
  const text = readFileSync(join(directory, 'params.yaml'), 'utf8')
  const parameters = parseParameters(
    text.replace('\ntrain:\n', '\ntrain:\n  neural: {hidden_units: 8, max_epochs: 6}\n'),
    'params.yaml',
  )
  const lines: string[] = []
  let time = 0
  return {
    checkpoint: join(directory, '.mlpt/checkpoint-neural'),
    model: join(directory, 'models/neural/model.onnx'),
    lines,
    train: (death = 'never') =>
      train(
        {
          directory,
          project,
          parameters,
          log: (line) => {
            lines.push(line.replace(/ \d\.\d+$/, ''))
            if (line.includes(death)) throw new Error('killed')
          },
          tracking,
          // Every epoch seems to last long enough to be told and kept.
          now: () => (time += 10_000),
          gitCommit: undefined,
          userId: 'tester',
          lockSha256: undefined,
          host: 'here',
          processId: process.pid,
          isAlive: () => false,
        },
        'neural',
      ),
    [Symbol.asyncDispose]: async () => {
      await tracking[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}
