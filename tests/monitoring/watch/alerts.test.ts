import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import {
  formatCondition,
  measureOf,
  parseCondition,
  type Condition,
} from '../../../src/monitoring/watch/alert-condition.ts'
import {
  findEpisodes,
  findSilence,
  type AlertEpisode,
} from '../../../src/monitoring/watch/alert-episodes.ts'
import {
  covers,
  nextNotice,
  type AlertMemory,
  type AlertNotice,
} from '../../../src/monitoring/watch/alert-notices.ts'
import type { AlertRule } from '../../../src/monitoring/watch/alert-rule.ts'
import { judgeAlerts } from '../../../src/monitoring/watch/judge-alerts.ts'
import { tellAlerts } from '../../../src/monitoring/watch/tell-alerts.ts'
import { windowOf } from './window-of.ts'

describe('conditions', () => {
  test('are read as they are written', () => {
    for (const text of [
      'drift_share > 0.3',
      'psi(AGE) >= 0.2',
      'roc_auc < 0.7',
      'missing_share(a b (c)) <= 1e-7',
    ]) {
      const condition = parseCondition(text)
      assert.ok(typeof condition !== 'string', text)
      assert.equal(formatCondition(condition), text)
    }
  })

  test('say what is wrong with them', () => {
    for (const [text, what] of [
      ['drift_shar > 0.3', /no measure \(did you mean 'drift_share'\?\)/],
      ['psi > 0.3', /without a column, expected 'psi\(COLUMN\)'/],
      ['roc_auc(AGE) > 0.3', /one of the whole window/],
      ['probability_drift > 0.3', /without a class, expected 'probability_drift\(CLASS\)'/],
      ['drift_share > much', /compares with 'much', expected a number/],
      ['drift_share > Infinity', /expected a number/],
      ['drift_share = 1', /expected a condition such as/],
      ['drift_share', /expected a condition such as/],
      ['', /expected a condition such as/],
      [7, /is 7, expected a condition/],
      [null, /is null/],
      ['constructor > 1', /no measure/],
    ] as const) {
      const problem = parseCondition(text)
      assert.match(typeof problem === 'string' ? problem : 'none', what)
    }
  })

  test('any text at all is a condition or a sentence', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseCondition(text)
        assert.ok(typeof parsed === 'string' || typeof parsed.measure === 'string')
      }),
    )
  })

  test('know what a window measures, and of too few rows only what was counted and labelled', () => {
    const window = windowOf(0, { driftShare: 0.4, auc: 0.8 })
    const ask = (text: string, of = window): number | undefined => measureOf(conditionOf(text), of)
    assert.deepEqual(
      [
        'drift_share > 0',
        'drift(a) > 0',
        'psi(a) > 0',
        'missing_share(a) > 0',
        'roc_auc > 0',
        'rows > 0',
        'positive_share > 0',
      ].map((text) => ask(text)),
      [0.4, 0.4, 0.8, 0.25, 0.8, 10, 0.4],
    )
    assert.equal(ask('psi(b) > 0'), undefined)
    assert.equal(ask('mean_score > 0'), undefined)
    const small = windowOf(0, { state: 'too-few-rows', columns: [] })
    assert.deepEqual(
      ['drift_share > 0', 'rows > 0', 'drift(a) > 0'].map((text) => ask(text, small)),
      [undefined, 10, undefined],
    )
  })

  test('of a segment look at it alone', () => {
    const part = {
      name: 'SEX=1',
      rows: 4,
      drifted: ['a'],
      driftShare: 0.5,
      columns: [{ name: 'a', isDrifted: true, distance: 0.6, reasons: [] }],
    }
    const window = windowOf(0, { segments: [part] })
    assert.deepEqual(
      ['drift_share > 0', 'drift(a) > 0', 'rows > 0', 'roc_auc > 0'].map((text) =>
        measureOf(conditionOf(text), window, 'SEX=1'),
      ),
      [0.5, 0.6, 4, undefined],
    )
    assert.equal(measureOf(conditionOf('drift_share > 0'), window, 'SEX=2'), undefined)
  })
})

describe('episodes', () => {
  const trigger = (windows: number) =>
    ({ kind: 'condition', condition: conditionOf('drift_share > 0.5'), windows }) as const

  test('begin with the window that completes the row, and end with the first that does not meet it', () => {
    const windows = [0, 1, 1, 0, 1, 1, 1].map((driftShare, i) => windowOf(i * 10, { driftShare }))
    assert.deepEqual(findEpisodes(trigger(2), windows), [
      { from: 29, to: 29, isOpen: false, value: 1 },
      { from: 59, to: 69, isOpen: true, value: 1 },
    ])
  })

  test('windows that know nothing change nothing', () => {
    const known = fc.array(fc.constantFrom(0, 1, undefined), { maxLength: 30 })
    fc.assert(
      fc.property(known, fc.integer({ min: 1, max: 4 }), (shares, inARow) => {
        const windows = shares.map((share, i) =>
          share === undefined
            ? windowOf(i * 10, { state: 'too-few-rows' })
            : windowOf(i * 10, { driftShare: share }),
        )
        const sparse = windows.filter((_, i) => shares[i] !== undefined)
        assert.deepEqual(
          findEpisodes(trigger(inARow), windows),
          findEpisodes(trigger(inARow), sparse),
        )
      }),
    )
  })

  test('are apart, in order, and only the last is open; more windows leave those that ended as they were', () => {
    const cases = fc.tuple(
      fc.array(fc.boolean(), { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(40),
    )
    fc.assert(
      fc.property(cases, ([met, inARow, cut]) => {
        const windows = met.map((isMet, i) => windowOf(i * 10, { driftShare: Number(isMet) }))
        const episodes = findEpisodes(trigger(inARow), windows)
        for (const [i, { from, to, isOpen }] of episodes.entries()) {
          assert.ok(from <= to)
          if (isOpen) assert.ok(i === episodes.length - 1 && met.at(-1) === true)
          if (i > 0) assert.ok(from > episodes[i - 1]!.to)
        }
        const isMetNow = met.length >= inARow && met.slice(-inARow).every(Boolean)
        if (isMetNow) assert.equal(episodes.at(-1)?.isOpen, true)
        const before = findEpisodes(trigger(inARow), windows.slice(0, cut)).filter(
          ({ isOpen }) => !isOpen,
        )
        assert.deepEqual(episodes.slice(0, before.length), before)
      }),
    )
  })

  test('silence begins when the span is over, and lasts until there is a row', () => {
    const silence = { kind: 'silence', spanMs: 100 } as const
    assert.deepEqual(findSilence(silence, { last: 50, now: 150 }), [])
    assert.deepEqual(findSilence(silence, { last: 50, now: 2151 }), [
      { from: 150, to: 150, isOpen: true, value: 2.101 },
    ])
  })
})

describe('notices', () => {
  const open = (from: number, to: number): AlertEpisode => ({ from, to, isOpen: true, value: 1 })
  const closed = (from: number, to: number): AlertEpisode => ({ from, to, isOpen: false, value: 1 })

  test('an episode is told once, and its end once', () => {
    const first = nextNotice([open(10, 20)], {}, { coolDownMs: 0, now: 1 })
    assert.equal(first?.event, 'alert-firing')
    assert.equal(nextNotice([open(10, 30)], first.memory, { coolDownMs: 0, now: 2 }), undefined)
    const end = nextNotice([closed(10, 30)], first.memory, { coolDownMs: 0, now: 3 })
    assert.deepEqual([end?.event, end?.episode?.to], ['alert-resolved', 30])
    assert.equal(nextNotice([closed(10, 30)], end!.memory, { coolDownMs: 0, now: 4 }), undefined)
  })

  test('an episode within the cool-down is told when that is over, if it still lasts or has ended since', () => {
    const memory: AlertMemory = { told: 20, toldAt: 100, isOpen: false }
    const episodes = [closed(10, 20), open(40, 50)]
    assert.equal(nextNotice(episodes, memory, { coolDownMs: 60, now: 159 }), undefined)
    assert.equal(nextNotice(episodes, memory, { coolDownMs: 60, now: 160 })?.event, 'alert-firing')
  })

  test('a label that undoes an episode resolves what was told', () => {
    const memory: AlertMemory = { told: 20, toldAt: 100, isOpen: true }
    assert.equal(nextNotice([], memory, { coolDownMs: 0, now: 200 })?.event, 'alert-resolved')
  })

  test('whatever comes: nothing is told twice, cool-downs are kept, and what lasts is told in the end', () => {
    const looks = fc.array(
      fc.record({ met: fc.boolean(), pause: fc.integer({ min: 1, max: 40 }) }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(looks, fc.integer({ min: 0, max: 100 }), (steps, coolDownMs) => {
        let memory: AlertMemory = {}
        let now = 0
        const windows = []
        const told: { readonly event: string; readonly at: number; readonly moment: number }[] = []
        for (const { met, pause } of steps) {
          now += pause
          windows.push(windowOf(windows.length * 10, { driftShare: Number(met) }))
          const episodes = findEpisodes(anyDrift, windows)
          const due = takeNotices(episodes, memory, { coolDownMs, now })
          memory = due.at(-1)?.memory ?? memory
          told.push(
            ...due.map((notice) => ({ event: notice.event, at: now, moment: notice.memory.told! })),
          )
          checkTold(episodes, memory, { coolDownMs, now })
        }
        // Firing and resolved take turns.
        assert.ok(told.every(({ event }, i) => (event === 'alert-firing') === (i % 2 === 0)))
        const fired = told.filter(({ event }) => event === 'alert-firing')
        for (const [i, { at, moment }] of fired.slice(1).entries()) {
          assert.ok(at - fired[i]!.at >= coolDownMs)
          assert.ok(moment > fired[i]!.moment)
        }
      }),
    )
  })

  test('all are told at once; who was not reached is told again, who was is not, also when the next one fails', async () => {
    const rules = ['x', 'y'].map((name): AlertRule => ({
      name,
      severity: 'warning',
      trigger: { kind: 'condition', condition: conditionOf('drift_share > 0'), windows: 1 },
      coolDownMs: 0,
      notify: ['$A', '$B'],
    }))
    const judged = judgeAlerts(rules, {
      windows: [windowOf(0, { driftShare: 1 })],
      lastRow: 9,
      newestOf: () => 9,
      now: 10,
    })
    const memories = new Map<string, AlertMemory>()
    const told: string[] = []
    let works = false
    let [asked, mostAsked] = [0, 0]
    const desk = {
      read: (rule: string) => memories.get(rule) ?? {},
      save: (rule: string, memory: AlertMemory) => void memories.set(rule, memory),
      tell: async (hook: string, { rule }: { readonly rule: AlertRule }) => {
        told.push(`${rule.name}${hook}`)
        mostAsked = Math.max(mostAsked, ++asked)
        await nextTurn()
        asked--
        return works || rule.name === 'x' || hook === '$B'
      },
      now: 10,
    }
    await tellAlerts(judged, desk)
    assert.equal(mostAsked, 4) // nobody waits for another
    await tellAlerts(judged, desk)
    works = true
    await tellAlerts(judged, desk)
    await tellAlerts(judged, desk)
    assert.deepEqual(told, ['x$A', 'x$B', 'y$A', 'y$B', 'y$A', 'y$A'])
    assert.equal(memories.get('y')?.pending, undefined)
    // Its end is another notice, which both get.
    const over = [windowOf(0, { driftShare: 1 }), windowOf(10)]
    const ended = judgeAlerts(rules, { windows: over, lastRow: 19, newestOf: () => 19, now: 20 })
    await tellAlerts(ended, desk)
    assert.deepEqual(told.slice(6), ['x$A', 'x$B', 'y$A', 'y$B'])
    const broken = { ...desk, save: () => assert.fail('the disk is full') }
    await assert.rejects(tellAlerts(judged, { ...broken, read: () => ({}) }), /disk is full/)
  })
})

function conditionOf(text: string): Condition {
  const condition = parseCondition(text)
  if (typeof condition === 'string') assert.fail(condition)
  return condition
}

const anyDrift = {
  kind: 'condition',
  condition: conditionOf('drift_share > 0'),
  windows: 1,
} as const

type Clock = Parameters<typeof nextNotice>[2]

function takeNotices(
  episodes: readonly AlertEpisode[],
  memory: AlertMemory,
  clock: Clock,
): AlertNotice[] {
  const notice = nextNotice(episodes, memory, clock)
  return notice === undefined ? [] : [notice, ...takeNotices(episodes, notice.memory, clock)]
}

/** What lasts is told unless the cool-down forbids it, and what is told as lasting does. */
function checkTold(
  episodes: readonly AlertEpisode[],
  memory: AlertMemory,
  { coolDownMs, now }: Clock,
): void {
  const latest = episodes.at(-1)
  const isOpen = latest?.isOpen === true
  const isTold = latest !== undefined && covers(latest, memory.told)
  const isQuiet = memory.toldAt === undefined || now - memory.toldAt >= coolDownMs
  if (isOpen && isQuiet) assert.ok(isTold)
  assert.equal(memory.isOpen === true, isOpen && isTold)
}
