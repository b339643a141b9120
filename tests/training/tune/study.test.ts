import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { planRungs } from '../../../src/training/tune/halving-rungs.ts'
import {
  planEvaluations,
  rankOutcomes,
  tuneMethods,
  type TrialEvaluation,
  type TrialOutcome,
  type StudySettings,
} from '../../../src/training/tune/study.ts'

describe('a study', () => {
  for (const method of tuneMethods) {
    test(`${method}: the same trials for any number of workers, in whatever order they end`, () => {
      const one = runStudy({ ...settings, method }, 1)
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (jobs, picks) => {
          const picker = picks[Symbol.iterator]()
          const pick = (running: number): number => Number(picker.next().value) % running
          assert.deepEqual(runStudy({ ...settings, method }, jobs, { pick }), one)
        }),
        { numRuns: 20 },
      )
    })

    test(`${method}: what was done before an interruption is not asked for again`, () => {
      const all = runStudy({ ...settings, method }, 1)
      for (let kept = 0; kept <= all.length; kept++) {
        const rest = runStudy({ ...settings, method }, 3, { before: all.slice(0, kept) })
        assert.deepEqual(rest, all)
      }
    })

    test(`${method}: a study in which everything fails ends, with nothing to rank`, () => {
      const all = runStudy({ ...settings, method }, 2, { lossOf: () => Infinity })
      assert.equal(new Set(all.map(({ trial }) => trial)).size, settings.trials)
      assert.deepEqual(rankOutcomes(all), [])
    })
  }

  test('more trials of random search and TPE begin with the same ones', () => {
    for (const method of ['random', 'tpe'] as const) {
      const few = runStudy({ ...settings, method }, 2)
      const more = runStudy({ ...settings, method, trials: 30 }, 2)
      assert.deepEqual(more.slice(0, few.length), few)
    }
  })

  test('TPE lets no more than `parallel` trials run at once when it proposes', () => {
    const ready = planEvaluations({ ...settings, method: 'tpe' }, outcomesUpTo(10))
    assert.deepEqual(
      ready.map(({ trial }) => trial),
      [10, 11, 12],
    )
  })

  test('trial n of TPE does not depend on the trials n − parallel + 1 and later', () => {
    const known = outcomesUpTo(14)
    const of14 = (outcomes: readonly TrialOutcome[]): TrialEvaluation | undefined =>
      planEvaluations({ ...settings, method: 'tpe' }, outcomes).find(({ trial }) => trial === 14)
    // parallel is 3: trial 14 sees 0 to 11.
    assert.deepEqual(of14(known.slice(0, 12)), of14(known))
    assert.equal(of14(known.slice(0, 11)), undefined)
  })
})

describe('successive halving', () => {
  test('keeps a third, at least one, and triples the resource up to its limit', () => {
    // 20 ⌊20/3⌋ = 6 ⌊6/3⌋ = 2; 10 · 3 · 3 = 90, cut to 80
    assert.deepEqual(planRungs(20, halving), [
      { trials: 20, resource: 10 },
      { trials: 6, resource: 30 },
      { trials: 2, resource: 80 },
    ])
    assert.deepEqual(planRungs(1, { ...halving, min: 80 }), [{ trials: 1, resource: 80 }])
    assert.deepEqual(
      planRungs(2, halving).map(({ trials }) => trials),
      [2, 1, 1],
    )
  })

  test('those that go on are the best of their rung; those that failed do not', () => {
    const all = runStudy(settings, 2, { lossOf: ({ trial }) => (trial < 3 ? Infinity : trial) })
    const ofRung = (rung: number): number[] =>
      all.filter((outcome) => outcome.rung === rung).map(({ trial }) => trial)
    assert.deepEqual(ofRung(1), [3, 4, 5, 6])
    assert.deepEqual(ofRung(2), [3])
    assert.deepEqual(all.find(({ rung }) => rung === 1)?.values['rounds'], 30)
  })

  test('who came further ranks above who had a smaller loss early on', () => {
    const at = (trial: number, rung: number, loss: number): TrialOutcome => ({
      trial,
      rung,
      loss,
      values: {},
    })
    assert.deepEqual(
      rankOutcomes([at(0, 0, 0.1), at(1, 0, 0.3), at(1, 1, 0.5), at(2, 0, 0.1)]).map(
        ({ trial }) => trial,
      ),
      [1, 0, 2],
    )
  })
})

const halving = { resource: 'rounds', min: 10, max: 80, reduction: 3 }
const settings: StudySettings = {
  method: 'halving',
  trials: 14,
  seed: 3,
  parallel: 3,
  space: {
    learning_rate: { kind: 'log_uniform', min: 0.01, max: 0.3 },
    kind: { kind: 'choice', options: ['a', 'b'] },
  },
  halving,
}

/** Runs a study whose evaluations end in the order that `pick` says; sorted by rung and number. */
function runStudy(
  study: StudySettings,
  jobs: number,
  {
    pick = () => 0,
    before = [],
    lossOf = bowl,
  }: {
    readonly pick?: (running: number) => number
    readonly before?: readonly TrialOutcome[]
    readonly lossOf?: (evaluation: TrialEvaluation) => number
  } = {},
): readonly TrialOutcome[] {
  const outcomes = [...before]
  const running: TrialEvaluation[] = []
  for (;;) {
    const isRunning = ({ trial, rung }: TrialEvaluation): boolean =>
      running.some((other) => other.trial === trial && other.rung === rung)
    const ready = planEvaluations(study, outcomes).filter((evaluation) => !isRunning(evaluation))
    running.push(...ready.slice(0, jobs - running.length))
    if (running.length === 0) return outcomes.sort((a, b) => a.rung - b.rung || a.trial - b.trial)
    const [ended] = running.splice(pick(running.length), 1)
    outcomes.push({ ...ended!, loss: lossOf(ended!) })
  }
}

function bowl({ values }: TrialEvaluation): number {
  return Math.abs(Math.log(Number(values['learning_rate']) / 0.05)) + Number(values['kind'] === 'a')
}

function outcomesUpTo(count: number): readonly TrialOutcome[] {
  return runStudy({ ...settings, method: 'tpe' }, 1).slice(0, count)
}
