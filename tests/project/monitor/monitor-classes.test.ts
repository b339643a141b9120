import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import {
  createGraphBuilder,
  encodeModel,
  openPredictor,
  writeModelFolder,
} from '../../../src/model/index.ts'
import { openPredictionLogWriter } from '../../../src/monitoring/prediction-log/prediction-log-store.ts'
import { monitor, type MonitorContext } from '../../../src/project/monitor/monitor.ts'
import { prepareClassMetrics } from '../../../src/training/metrics/class-metrics.ts'
import { assertClose } from '../../assert-close.ts'
import { scored } from '../../monitoring/prediction-log/scored.ts'
import { buildHouse, drawInputs, start, type House } from './monitor-house.ts'

const output = { kind: 'classes', classes: ['low', 'Low', 'high'] } as const

describe('a model of several classes', () => {
  test('is measured by its metrics with intervals, whole and by segment, once labels have come', async () => {
    const house = await buildClasses()
    const context = contextOf(house, '{window: 400, segments: {b: levels}}')
    const rows = await log(house, { rows: 400 })
    const [before] = (await monitor(context)).windows
    assert.equal(before?.performance.state, 'no-labels')
    assert.deepEqual([before.prediction?.name, before.prediction?.isDrifted], ['prediction', false])
    assert.deepEqual(
      before.probabilities?.map(({ name, isDrifted }) => [name, isDrifted]),
      [
        ['low', false],
        ['Low', false],
        ['high', false],
      ],
    )
    // A label that is no class is left out.
    await house.label([
      ...rows.map(({ id, label }) => ({ id, label })).slice(1),
      { id: 'r.0', label: 7 },
    ])
    const [after] = (await monitor(context)).windows
    const { labels, positives, metrics, segments } = after!.performance
    assert.deepEqual([labels, positives], [399, undefined])
    const values = Float32Array.from(rows.slice(1).flatMap((row) => row.probabilities))
    const target = rows.slice(1).map((row) => row.label)
    const expected = prepareClassMetrics(target, { rows: 399, columns: 3, values })(
      new Float64Array(399).fill(1),
    )
    assert.deepEqual(Object.keys(metrics), Object.keys(expected))
    for (const [name, value] of Object.entries(expected))
      assertClose(metrics[name]!.value, value, 1e-12)
    for (const { value, lower, upper } of Object.values(metrics)) {
      assert.ok(lower! <= value && value <= upper!)
    }
    assert.deepEqual(
      segments.map(({ name, state }) => [name, state]),
      [
        ['b=0', 'measured'],
        ['b=1', 'measured'],
        ['b=2', 'measured'],
      ],
    )
    // Each interval is wider than that of all rows: it is of a third of them.
    for (const segment of segments) {
      for (const [name, { value, lower, upper }] of Object.entries(segment.metrics)) {
        assert.ok(lower! <= value && value <= upper!, `${segment.name} ${name}`)
      }
      const [part, all] = [segment.metrics['log_loss']!, metrics['log_loss']!]
      assert.ok(part.upper! - part.lower! > all.upper! - all.lower!)
    }
  })

  test('a class that is predicted more often, and surer, has drifted, and rules may ask for it', async () => {
    const house = await buildClasses()
    await log(house, { rows: 400, a: 9 })
    const alerts =
      '[{name: class, when: prediction_drift > 0.2}, {name: high, when: probability_drift(high) > 0.2}, {name: f1, when: f1_macro < 0.9}]'
    const {
      firing,
      windows,
      alerts: judged,
    } = await monitor(contextOf(house, `{window: 400, alerts: ${alerts}}`))
    assert.deepEqual(firing, ['class', 'high'])
    assert.equal(judged[2]?.value, undefined)
    assert.match(windows[0]?.prediction?.reasons.join() ?? '', /'?high'?/)
  })

  test('rules about what its target cannot have are refused, all at once, with their places', async () => {
    const house = await buildClasses()
    const alerts =
      '[{name: a, when: roc_auc < 0.7}, {name: b, when: r2 < 0}, {name: c, when: probability_drift(hig) > 1}, {name: d, when: mean_poisson_deviance > 1}]'
    await assert.rejects(monitor(contextOf(house, `{alerts: ${alerts}}`)), {
      code: 'CONFIG_INVALID',
      message:
        /^params\.yaml:\d+: 'roc_auc' is none of a target that is one of 3 classes; params\.yaml:\d+: 'r2' .*: the target has no class 'hig'; .*'mean_poisson_deviance' is of counts/,
      hint: /the target has log_loss, accuracy.*did you mean 'high'/,
    })
  })
})

describe('a model of one number', () => {
  test('has errors with intervals, and of counts the deviance', async () => {
    const house = await buildHouse(400)
    const ofValue = { ...house.context().project, output: { kind: 'value' } } as const
    const rows = Array.from({ length: 200 }, (_, i) => ({
      id: `r${i}`,
      time: start + i * 60_000,
      a: (i % 40) / 4,
      b: 0,
      score: 1 + (i % 3),
      digest: 'f'.repeat(64),
    }))
    await house.log(rows)
    await house.label(rows.map(({ id }, i) => ({ id, label: i % 2 })))
    const more = { project: ofValue }
    const settings = '{window: 200, alerts: [{name: d, when: mean_poisson_deviance > 0.5}]}'
    await assert.rejects(monitor(house.context(settings, more)), {
      message: /'mean_poisson_deviance' is of counts/,
      hint: /objective: poisson/,
    })
    const counting = asPoisson(house.context(settings, more))
    const { windows, firing } = await monitor(counting)
    const { metrics, positives } = windows[0]!.performance
    assert.deepEqual(Object.keys(metrics), [
      'mean_absolute_error',
      'root_mean_squared_error',
      'r2',
      'mean_poisson_deviance',
    ])
    assert.equal(positives, undefined)
    assert.ok(
      Object.values(metrics).every(({ value, lower, upper }) => lower! <= value && value <= upper!),
    )
    assert.deepEqual(firing, ['d'])
  })
})

function asPoisson(context: MonitorContext): MonitorContext {
  const { parameters } = context
  const boosting = { ...parameters.train.boosting, objective: 'poisson' } as const
  return { ...context, parameters: { ...parameters, train: { ...parameters.train, boosting } } }
}

function contextOf(house: House, settings: string): MonitorContext {
  const context = house.context(settings)
  return { ...context, project: { ...context.project, output } }
}

/** A house whose model says 'low' for small a, 'high' for large ones, and 'Low' where b is 2. */
async function buildClasses(): Promise<House> {
  const house = await buildHouse()
  const graph = createGraphBuilder('classes', 2)
  const weights = graph.floats([-0.5, 0, 0.5, 0, 1, 0], [2, 3])
  const scores = graph.apply('Gemm', [graph.input, weights, graph.floats([2.5, 0, -2.5], [3])])
  const axis = { kind: 'int', value: 1 } as const
  const bytes = encodeModel(
    graph.finish(graph.apply('Softmax', [scores], { axis }), { name: 'probabilities', columns: 3 }),
  )
  const manifest = {
    name: 'credit',
    kind: 'logistic',
    inputs: { a: { type: 'number' }, b: { type: 'number' } },
    target: 'y',
    example: { a: 3, b: 2 },
    output,
  } as const
  await writeModelFolder(join(house.folder, 'models/classes'), manifest, bytes)
  return house
}

/** Rows as a server logs them, and a label for each that the model would give itself, more or less. */
async function log(house: House, { rows, a }: { readonly rows: number; readonly a?: number }) {
  const predictor = await openPredictor(join(house.folder, 'models/classes'))
  const random = createRandom(5)
  const inputs = Array.from({ length: rows }, () => ({ ...drawInputs(random), ...(a && { a }) }))
  const values = Float32Array.from(inputs.flatMap((row) => [row.a, row.b]))
  const matrix = { rows, columns: 2, values }
  const scores = predictor.predict(matrix)
  await using writer = openPredictionLogWriter({
    root: join(house.folder, 'logs'),
    model: 'credit',
    now: () => start,
  })
  const model = { name: 'credit', version: null, digest: predictor.digest }
  writer.observe(
    scored(
      'r',
      inputs.map((row) => [row.a, row.b]),
      { columns: ['a', 'b'], scores, output, model },
    ),
  )
  return inputs.map((_, row) => {
    const probabilities = [...scores.subarray(3 * row, 3 * row + 3)]
    const label =
      random.next() < 0.3
        ? random.nextInteger(3)
        : probabilities.indexOf(Math.max(...probabilities))
    return { id: `r.${row}`, probabilities, label }
  })
}
