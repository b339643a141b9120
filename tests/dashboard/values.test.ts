/** The parts of the page that need no browser. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { globSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Run } from '../../src/core/tracking.ts'
import {
  createLogScale,
  createNameScale,
  createScale,
} from '../../src/dashboard/charts/chart-axes.ts'
import { Line } from '../../src/dashboard/charts/line-chart.ts'
import {
  formatDuration,
  formatNumber,
  formatSize,
  formatTime,
  formatTook,
} from '../../src/dashboard/format.ts'
import { isDifferent, measureRun, metricNames, paramNames } from '../../src/dashboard/measured.ts'
import { nestRuns } from '../../src/dashboard/nest-runs.ts'
import { formatPlace, parsePlace, type Place } from '../../src/dashboard/place.ts'
import { metricFields, paramFields } from '../../src/dashboard/charts/scatter-fields.ts'
import { sortRuns } from '../../src/dashboard/sort-runs.ts'

test('a line of one point is a dot, and of more a line', () => {
  const dot = Line({ colour: 9, places: [[12, 7.5]] })
  assert.deepEqual(
    [dot.type, dot.props],
    ['circle', { class: 'line series-1', cx: 12, cy: 7.5, r: '2' }],
  )
  const places = [
    [0, 1],
    [2, 3.5],
  ] as const
  const line = Line({ colour: 0, places })
  assert.deepEqual(
    [line.type, line.props],
    ['polyline', { class: 'line series-0', points: '0,1 2,3.5' }],
  )
})

describe('axes', () => {
  const labelsOf = ({ ticks }: { ticks: readonly { label: string }[] }): readonly string[] =>
    ticks.map(({ label }) => label)

  test('of counts have whole ticks', () => {
    assert.deepEqual(labelsOf(createScale([0, 1, 2], [0, 100])), ['0', '1', '2'])
    assert.deepEqual(labelsOf(createScale([7], [0, 100])), ['6', '7', '8'])
    const counts = fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1 })
    fc.assert(
      fc.property(counts, (values) => {
        const labels = labelsOf(createScale(values, [0, 100])).map(Number)
        assert.ok(labels.length >= 1 && labels.length <= 6, labels.join(' '))
        assert.ok(
          labels.every((label) => Number.isInteger(label)),
          labels.join(' '),
        )
      }),
    )
  })

  test('of what is never negative begin at zero or above, and every value is on them', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.array(share, { minLength: 1 }), (values) => {
        const scale = createScale(values, [0, 100])
        assert.ok(scale.ticks.every(({ label }) => Number(label) >= 0))
        for (const value of values) {
          const place = scale.place(value)
          assert.ok(place >= -1e-6 && place <= 100 + 1e-6, `${value} at ${place}`)
        }
      }),
    )
    assert.deepEqual(labelsOf(createScale([0], [0, 100])), ['0', '1'])
    assert.deepEqual(labelsOf(createScale([NaN, Infinity], [0, 100])).slice(0, 1), ['0'])
  })

  test('of several orders of magnitude tick at powers of ten', () => {
    const scale = createLogScale([0.001, 0.5], [0, 300])
    assert.deepEqual(labelsOf(scale), ['0.001', '0.01', '0.1', '1'])
    assert.equal(Math.round(scale.place(0.01)), 100)
  })

  test('of names write at most six of them, cut', () => {
    const names = Array.from({ length: 40 }, (_, i) => `a-very-long-name-${i}`)
    const scale = createNameScale(names, [0, 100])
    assert.ok(scale.ticks.length <= 6)
    assert.ok(scale.ticks.every(({ label }) => label.length <= 7))
    assert.deepEqual(labelsOf(createNameScale(['a', 'b'], [0, 100])), ['a', 'b'])
  })
})

describe('fields of runs', () => {
  test('are numbers where every run has one, names elsewhere, and none where a run has none', () => {
    const at = (value: number): Run['metrics'] => [{ key: 'loss', value, timestamp: 1, step: 0 }]
    const runs = [
      { params: { depth: '3', kind: 'b', same: 'x', odd: '' }, metrics: at(0.5) },
      { params: { depth: '1e1', kind: 'a', same: 'x', odd: '1' }, metrics: at(NaN) },
      { params: { kind: '7', same: 'x' }, metrics: [] },
    ] as unknown as readonly Run[]
    assert.deepEqual(paramFields(runs), [
      { id: 'params.depth', name: 'depth', values: [3, 10, undefined], names: undefined },
      { id: 'params.kind', name: 'kind', values: [2, 1, 0], names: ['7', 'a', 'b'] },
      { id: 'params.odd', name: 'odd', values: [0, 1, undefined], names: ['', '1'] },
    ])
    assert.deepEqual(metricFields(runs), [
      { id: 'metrics.loss', name: 'loss', values: [0.5, undefined, undefined], names: undefined },
    ])
  })
})

describe('links', () => {
  const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
    fc.record(model, { noNullPrototype: true })
  const id = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes(','))
  const ids = fc.uniqueArray(id, { maxLength: 4 })
  const sort = record({
    column: fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.startsWith('-')),
    isDescending: fc.boolean(),
  })

  test('what a link says is what is read from it', () => {
    const place: fc.Arbitrary<Place> = fc.oneof(
      fc.constant({ view: 'experiments' } as const),
      fc.constant({ view: 'models' } as const),
      fc.constant({ view: 'pipeline' } as const),
      record({ view: fc.constant('pipeline-run' as const), id: fc.nat().map((n) => n + 1) }),
      record({ view: fc.constant('run' as const), runId: id }),
      record({ view: fc.constant('compare' as const), runIds: ids }),
      record({
        view: fc.constant('runs' as const),
        experimentId: id,
        sort: fc.option(sort, { nil: undefined }),
        selected: ids,
      }),
    )
    fc.assert(
      fc.property(place, (value) => assert.deepEqual(parsePlace(formatPlace(value)), value)),
    )
  })

  test('garbage is an unknown place or some place, never an error', () => {
    fc.assert(fc.property(fc.string(), (hash) => void parsePlace(`#/${hash}`)))
    assert.deepEqual(parsePlace('#/nothing'), { view: 'unknown', hash: '#/nothing' })
    assert.deepEqual(parsePlace(''), { view: 'experiments' })
    // What MLflow's client prints at the end of a run.
    assert.deepEqual(parsePlace('#/experiments/2/runs/ab12'), { view: 'run', runId: 'ab12' })
    assert.deepEqual(parsePlace('#/runs/%zz'), { view: 'run', runId: '%zz' })
  })
})

describe('runs below runs', () => {
  const shape = (runs: readonly Run[], ...open: readonly string[]): string =>
    nestRuns(runs, (runId) => open.includes(runId))
      .map(({ run: { runId }, depth, children }) => `${'>'.repeat(depth)}${runId}${children || ''}`)
      .join(' ')
  const below = (name: string, parent: string): Run => run(name, { parent })

  test('stand after the run that they belong to, where that is open', () => {
    const runs = [below('c', 'p'), run('x', {}), below('d', 'p'), run('p', {}), below('e', 'c')]
    assert.equal(shape(runs), 'x p2')
    assert.equal(shape(runs, 'p'), 'x p2 >c1 >d')
    assert.equal(shape(runs, 'p', 'c'), 'x p2 >c1 >>e >d')
    assert.equal(shape(runs, 'c'), 'x p2')
  })

  test('stand by themselves when the run above is not in the list, or is below them', () => {
    assert.equal(shape([below('a', 'gone')]), 'a')
    assert.equal(shape([below('a', 'a')], 'a'), 'a')
    assert.equal(shape([below('a', 'b'), below('b', 'a'), below('c', 'a')], 'a', 'b'), 'a1 >c b')
  })

  test('are all there once when everything is open', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...names, 'gone'), { minLength: 5, maxLength: 5 }),
        (parents) => {
          const runs = names.map((name, i) => below(name, parents[i]!))
          const shown = nestRuns(runs, () => true).map((nested) => nested.run.runId)
          assert.deepEqual(shown.toSorted(), names)
        },
      ),
    )
  })
})

describe('sorting', () => {
  const runs = [
    run('a', { params: { depth: '10' }, metrics: { loss: 0.5 } }),
    run('b', { params: { depth: '9' }, metrics: { loss: NaN } }),
    run('c', { params: {}, metrics: {} }),
    run('d', { params: { depth: '-1' }, metrics: { loss: -Infinity } }),
  ]
  const order = (column: string, isDescending: boolean): string =>
    sortRuns(runs, { column, isDescending })
      .map(({ runName }) => runName)
      .join('')

  test('numbers come first, then NaN, then what is missing, in both directions', () => {
    assert.equal(order('metrics.loss', false), 'dabc')
    assert.equal(order('metrics.loss', true), 'adbc')
  })

  test('params that are numbers sort as numbers, and names as texts', () => {
    assert.equal(order('params.depth', false), 'dbac')
    assert.equal(order('params.depth', true), 'abdc')
    assert.equal(order('name', true), 'dcba')
  })

  test('a column that is not there changes nothing', () => {
    assert.equal(order('metrics.none', true), 'abcd')
    assert.equal(order('constructor', true), 'abcd')
  })
})

describe('metrics', () => {
  test('bounds are folded into the metric they bound, and only then', () => {
    const measured = measureRun(
      run('a', {
        metrics: { auc: 0.7, auc_lower: 0.6, auc_upper: 0.8, only_lower: 1, x: 2, x_upper: 3 },
      }),
    )
    assert.deepEqual([...measured.keys()], ['auc', 'only_lower', 'x', 'x_upper'])
    assert.deepEqual(measured.get('auc')?.interval, { lower: 0.6, upper: 0.8 })
    assert.equal(measured.get('x')?.interval, undefined)
  })

  test('names are those of all runs, once each', () => {
    const runs = [run('a', { metrics: { b: 1 } }), run('b', { metrics: { a: 1, b: 2 } })]
    assert.deepEqual(metricNames(runs), ['a', 'b'])
  })

  test('a param that one run lacks differs', () => {
    const runs = [run('a', { params: { p: '1' } }), run('b', { params: {} })]
    assert.equal(isDifferent('p', runs), true)
    assert.equal(isDifferent('p', [runs[0]!, runs[0]!]), false)
  })
})

describe('values as text', () => {
  test('numbers keep what tells them apart', () => {
    const texts = [0, 12, 0.77891, 123.456, 0.00012345, 12345678.9, NaN, -Infinity, 1e20].map(
      formatNumber,
    )
    assert.deepEqual(texts, [
      '0',
      '12',
      '0.7789',
      '123.46',
      '1.234e-4',
      '1.235e+7',
      'NaN',
      '-Infinity',
      '1.000e+20',
    ])
  })

  test('durations, sizes and unknown times read naturally', () => {
    assert.deepEqual(
      [850, 61_000, 720_000, 12_240_000].map((time) => formatDuration(0, time)),
      ['850 ms', '61 s', '12 min', '3.4 h'],
    )
    assert.equal(formatDuration(0, undefined), '–')
    assert.deepEqual([5, 1500, 2_500_000].map(formatSize), ['5 B', '1.5 kB', '2.5 MB'])
    assert.equal(formatTime(0), '–')
  })
})

function run(
  runName: string,
  content: {
    params?: Record<string, string>
    metrics?: Record<string, number>
    parent?: string
  },
): Run {
  const points = Object.entries(content.metrics ?? {})
  return {
    runId: runName,
    runName,
    experimentId: '1',
    userId: '',
    status: 'FINISHED',
    startTime: 1,
    endTime: 2,
    artifactUri: '',
    lifecycleStage: 'active',
    params: content.params ?? {},
    metrics: points.map(([key, value]) => ({ key, value, timestamp: 1, step: 0 })),
    tags: content.parent === undefined ? {} : { 'mlflow.parentRunId': content.parent },
    inputs: { datasets: [], modelIds: [] },
    outputs: [],
  }
}

test('what a line says of a run that still runs has no duration', () => {
  assert.equal(formatTook({ startTime: 1000, endTime: 3000 }), ', took 2 s')
  assert.equal(formatTook({ startTime: 1000 }), '')
})

test('names with numbers stand as people count', () => {
  const params = { p10: 'a', p2: 'b', q: 'c' }
  assert.deepEqual(paramNames([run('one', { params })]), ['p2', 'p10', 'q'])
})

test('no blank is lost where an element begins a line: templates drop line breaks', () => {
  for (const path of globSync('src/dashboard/*.ts')) {
    const lines = readFileSync(path, 'utf8').split('\n')
    for (const [i, line] of lines.entries()) {
      const isWord = /[A-Za-z,.:;]$/.test(line) && !/^\s*(?:\/\/|\*|\/\*)/.test(line)
      const isInline = /^\s*<(?:a|b|code|span|strong)\b/.test(lines[i + 1] ?? '')
      assert.ok(!(isWord && isInline), `${path}:${i + 1}`)
    }
  }
})
