import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../../src/core/random.ts'
import type { ModelField } from '../../../src/core/schema.ts'
import { countValues } from '../../../src/data/profile/count-values.ts'
import type {
  ColumnDistribution,
  TableDistributions,
} from '../../../src/data/profile/read-distributions.ts'
import { judgeField } from '../../../src/monitoring/watch/field-quality.ts'
import { judgeWindow } from '../../../src/monitoring/watch/judge-window.ts'
import { formatPrometheus } from '../../../src/monitoring/watch/prometheus-text.ts'
import { listSegments, mostLevels, segmentSql } from '../../../src/monitoring/watch/segments.ts'
import {
  renderAlert,
  renderWindow,
  renderWindows,
} from '../../../src/monitoring/watch/watch-text.ts'
import { windowOf } from './window-of.ts'

const fields: Readonly<Record<string, ModelField>> = {
  age: { type: 'number', min: 0, max: 1 },
  kind: { type: 'category', levels: [0, 1, 2, 3] },
  gaps: { type: 'number', nullable: true },
}

describe('judgeWindow', () => {
  test('rows of the same kind raise an alarm in at most 5 % of 80 windows', () => {
    const random = createRandom(4)
    const reference = drawTable(random, 1000)
    let alarms = 0
    for (let i = 0; i < 80; i++)
      if (judge(reference, drawTable(random, 300)).drifted.length > 0) alarms++
    // 5 % of 80 are 4; three standard deviations of such a count are 6.
    assert.ok(alarms <= 10, `${alarms} alarms`)
  })

  test('what moved is named, with its distances', () => {
    const random = createRandom(5)
    const window = judge(drawTable(random, 2000), drawTable(random, 500, 0.3))
    assert.deepEqual(window.drifted, ['age'])
    const [age, kind] = window.columns
    assert.ok(age!.distance! > 0.2 && age!.psi! > 0.2 && age!.jensenshannon! > 0.2)
    assert.ok(kind!.psi! < 0.05)
    assert.equal(window.prediction?.isDrifted, true)
    assert.match(
      renderWindow(window),
      /^DRIFT version 1, .*\n +age: values moved: median 0\.\d+ → 0\.\d+/,
    )
  })

  test('an input that is gone has drifted, and all of it is missing', () => {
    const random = createRandom(6)
    const reference = drawTable(random, 500)
    const current = drawTable(random, 500)
    const columns = new Map([...current.columns].filter(([name]) => name !== 'kind'))
    const window = judge(reference, { rows: 500, columns })
    assert.deepEqual(window.drifted, ['kind'])
    assert.equal(window.columns.find(({ name }) => name === 'kind')?.missingShare, 1)
  })
})

describe('judgeField', () => {
  test('counts what the field does not admit', () => {
    const of = (cells: readonly number[]) => describeCells('x', Float64Array.from(cells))
    const integer = { type: 'integer', min: 0, max: 9 } as const
    assert.deepEqual(judgeField(integer, of([1, 2, 2.5, 11, 11, NaN, Infinity, 3])), {
      missingShare: 1 / 8,
      outOfRangeShare: 4 / 8,
      unseenShare: 0,
      unfit: [11, 2.5],
    })
    assert.deepEqual(judgeField({ type: 'category', levels: [1, 2] }, of([1, 2, 3, 3])), {
      missingShare: 0,
      outOfRangeShare: 0,
      unseenShare: 0.5,
      unfit: [3],
    })
    const town = { type: 'text', known: ['Ulm', 'Bonn'], nullable: true } as const
    const counts = new Map(['Ulm', 'Aa', 'Bb', 'Cc'].map((text, i) => [text, i + 1]))
    const long = 'x'.repeat(60)
    const texts = {
      ...of([]),
      rows: 20,
      nulls: 1,
      distribution: { kind: 'categories', total: 19, others: 4, counts: counts.set(long, 5) },
    } as const
    assert.deepEqual(judgeField(town, texts), {
      missingShare: 1 / 20,
      outOfRangeShare: 0,
      unseenShare: 18 / 20,
      unfit: [`${'x'.repeat(50)}…`, 'Cc', 'Bb'],
    })
    assert.equal(judgeField(integer, undefined).missingShare, 1)
    assert.equal(judgeField(undefined, of([NaN, NaN])).missingShare, 1)
  })
})

describe('segments', () => {
  test('are the levels or bins of the reference', () => {
    const of = (cells: readonly number[]) => describeCells('AGE', Float64Array.from(cells))
    const names = (
      spec: Parameters<typeof listSegments>[1],
      cells: readonly number[],
    ): readonly string[] => listSegments('AGE', spec, of(cells)).map(({ name }) => name)
    assert.deepEqual(names('levels', [2, 1, 2]), ['AGE=1', 'AGE=2'])
    assert.deepEqual(names([30, 40], []), ['AGE<30', '30<=AGE<40', 'AGE>=40'])
    assert.deepEqual(names(2, [1, 2, 3, 4]), ['AGE<2', 'AGE>=2'])
    assert.deepEqual(names(4, [5, 5, 5]), [])
    assert.deepEqual(listSegments('AGE', 'levels', undefined), [])
    const many = Array.from({ length: 60 }, (_, i) => [`t${i}`, i] as const)
    const counts = new Map<string, number>([["it's", 99], ['a\0b', 98], ...many])
    const distribution = { kind: 'categories', counts, total: 999, others: 0 } as const
    const texts = listSegments('town', 'levels', { ...of([]), distribution })
    assert.equal(texts.length, mostLevels)
    assert.deepEqual(
      texts.slice(0, 2).map(({ name }) => name),
      ["town=it's", 'town=t59'],
    )
    assert.equal(segmentSql(texts[0]!, 'town'), `CAST("town" AS VARCHAR) = 'it''s'`)
  })

  test('any name of a column and any number is safe in SQL', () => {
    const [segment] = listSegments(
      'x" OR 1=1 --',
      'levels',
      describeCells('x', Float64Array.of(-1e-7)),
    )
    assert.equal(
      segmentSql(segment!, 'input.x" OR 1=1 --'),
      'CAST("input.x"" OR 1=1 --" AS DOUBLE) = -1e-7::DOUBLE',
    )
  })
})

describe('what is shown', () => {
  test('Prometheus gets the promised names, with labels that are safe', () => {
    const window = windowOf(0, { driftShare: 0.5, auc: 0.75 })
    const columns = window.columns.map((column) => ({ ...column, name: 'a"b\\c\nd' }))
    const alert = {
      name: 'drift',
      severity: 'warning',
      condition: 'drift_share > 0',
      isFiring: true,
    }
    const text = formatPrometheus({
      trainings: [],
      model: 'credit',
      windows: [{ ...window, columns }],
      alerts: [alert],
    })
    const feature = String.raw`feature="a\"b\\c\nd"`
    for (const line of [
      `mlpt_drift_score{model="credit",version="1",${feature},stat="ks"} 0.5`,
      `mlpt_drift_score{model="credit",version="1",${feature},stat="psi"} 1`,
      'mlpt_drift_window_rows{model="credit",version="1"} 10',
      `mlpt_feature_missing_ratio{model="credit",version="1",${feature}} 0.25`,
      'mlpt_model_performance{model="credit",version="1",metric="roc_auc"} 0.75',
      'mlpt_alert_firing{model="credit",alert="drift",severity="warning"} 1',
    ]) {
      assert.ok(text.split('\n').includes(line), line)
    }
    for (const line of text.trimEnd().split('\n'))
      assert.match(line, /^(?:# (?:HELP|TYPE) mlpt_|mlpt_[a-z_]+\{.*\} -?[\d.e+-]+$)/)
  })

  test('people read why an alert fires, and what is not known', () => {
    const alert = {
      name: 'auc',
      severity: 'critical',
      condition: 'roc_auc < 0.7',
      isFiring: true,
      since: 0,
      value: 0.65,
    }
    assert.equal(
      renderAlert(alert),
      'FIRING auc (critical): roc_auc < 0.7, now 0.65, since 1970-01-01T00:00:00Z',
    )
    assert.match(
      renderAlert({ name: 'auc', severity: 'info', condition: 'roc_auc < 0.7', isFiring: false }),
      /^quiet .*nothing measured yet$/,
    )
    const few = windowOf(0, {
      performance: { state: 'too-few-labels', labels: 3, positives: 1, metrics: {}, segments: [] },
    })
    assert.match(renderWindow(few), /3 labels, 1 of class 1: too few to measure/)
    const part = {
      name: 'SEX=1',
      state: 'measured',
      labels: 7,
      metrics: { roc_auc: { value: 0.7, lower: 0.6, upper: 0.8 } },
    } as const
    const scarce = { ...few.performance, name: 'SEX=2' }
    const split = { ...few.performance, state: 'measured', segments: [part, scarce] } as const
    assert.deepEqual(renderWindow(windowOf(0, { performance: split })).match(/in SEX.*/g), [
      'in SEX=1: roc_auc 0.700 [0.600, 0.800] (7 labels)',
    ])
    const many = [5, 1, 4, 2, 3].map((day) => ({ ...few, from: day * 86_400_000 }))
    const [before, ...newest] = renderWindows(many)
    assert.match(before!, /2 windows before, 0 with drift/)
    assert.deepEqual(
      newest.map((text) => /1970-01-\d\d/.exec(text)?.[0]),
      ['1970-01-04', '1970-01-05', '1970-01-06'],
    )
  })
})

function judge(reference: TableDistributions, current: TableDistributions) {
  const ofScore = ({ rows, columns }: TableDistributions): TableDistributions => ({
    rows,
    columns: new Map([['score', columns.get('age')!]]),
  })
  const subject = {
    key: 'k',
    model: 'm',
    version: '1',
    size: '300 rows',
    from: 0,
    to: 1,
    rows: current.rows,
    reference: 'r',
  }
  const performance = {
    state: 'no-labels',
    labels: 0,
    positives: 0,
    metrics: {},
    segments: [],
  } as const
  const sides = {
    reference,
    current,
    outputs: [{ name: 'score', title: 'score' }],
    scores: ofScore(current),
    referenceScores: ofScore(reference),
    segments: [],
    fields,
  }
  return judgeWindow(subject, sides, performance)
}

function drawTable(random: Random, rows: number, shift = 0): TableDistributions {
  const cells = {
    age: () => Math.min(1, random.next() + shift),
    kind: () => random.nextInteger(4),
    gaps: () => (random.next() < 0.1 ? NaN : random.next()),
  }
  const columns = Object.entries(cells).map(
    ([name, draw]) =>
      [name, describeCells(name, Float64Array.from({ length: rows }, draw))] as const,
  )
  return { rows, columns: new Map(columns) }
}

function describeCells(name: string, cells: Float64Array): ColumnDistribution {
  const { values, counts, nans, infinities } = countValues(Float64Array.from(cells))
  const column = {
    name,
    type: 'DOUBLE',
    family: 'number',
    rows: cells.length,
    nulls: 0,
    nans,
    infinities,
  } as const
  if (values.length === 0) return column
  const total = cells.length - nans - infinities
  return {
    ...column,
    distribution: { kind: 'numbers', values, counts, total, resolution: 0 },
    range: [values[0]!, values.at(-1)!],
  }
}
