import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deserialize, serialize } from 'node:v8'
import { type BoostedTrees } from '../../../src/training/boosting/index.ts'
import { assertFails } from '../assert-fails.ts'
import { digest, fit, generateTask, objectives } from './generated.ts'

describe('a fit that goes on from a checkpoint', () => {
  for (const objective of objectives) {
    test(`of ${objective} ends with the bytes of one that was not interrupted`, () => {
      const data = generateTask(objective, 1, { rows: 200, missingShare: 0.1 })
      const validation = generateTask(objective, 2, { rows: 100, missingShare: 0.1 })
      const parameters = {
        objective,
        rounds: 30,
        learningRate: 0.4,
        minRowsPerLeaf: 3,
        l2: 0,
        rowFraction: 0.7,
        featureFraction: 0.6,
        patience: 6,
      } as const
      const kept: Uint8Array[] = []
      const whole = fit(data, parameters, {
        validation,
        onRound: ({ checkpoint }) => kept.push(serialize(checkpoint())),
      })
      for (const bytes of [kept[0]!, kept[4]!, kept.at(-1)!]) {
        const resumeFrom = deserialize(bytes) as BoostedTrees
        const rounds: number[] = []
        const resumed = fit(data, parameters, {
          validation,
          resumeFrom,
          onRound: ({ round }) => rounds.push(round),
        })
        assert.equal(digest(resumed), digest(whole))
        const done = resumeFrom.trees.length / resumeFrom.baseScores.length
        assert.deepEqual(
          rounds,
          Array.from({ length: kept.length - done }, (_, i) => done + i + 1),
        )
      }
    })
  }

  test('is refused when the checkpoint is of another target or objective', () => {
    const data = generateTask('regression', 1, { rows: 200 })
    const other = generateTask('regression', 2, { rows: 200 })
    const parameters = { objective: 'regression', rounds: 3 } as const
    const resumeFrom = fit(other, parameters)
    assertFails(
      () => fit(data, parameters, { resumeFrom }),
      'TRAINING_INVALID',
      /^the trees to go on from are of another fit: they start at \S+, the fit starts at \S+$/,
    )
    assertFails(
      () => fit(data, { ...parameters, objective: 'quantile' }, { resumeFrom }),
      'TRAINING_INVALID',
      /they are for 'regression', the fit is for 'quantile'/,
    )
  })
})
