/** What dvc.yaml says at its top beside stages. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import type { TopLevel } from '../../src/pipeline/stages/parse-top-level.ts'
import { parsePipeline } from '../../src/pipeline/stages/parse-pipeline.ts'

const parameters = 'name: model\nlr: 0.1\nnone: null\nlist: [a, b]\n'

describe('metrics and params', () => {
  test('are paths, interpolated', () => {
    const { metrics, params } = parse(
      `metrics: [m.json, 'out/\${name}.json']\nparams: ['\${name}.yaml']`,
    )
    assert.deepEqual([metrics, params], [['m.json', 'out/model.json'], ['model.yaml']])
  })

  for (const [yaml, message] of [
    ['metrics: m.json', "dvc.yaml:1:10: 'metrics' is a text, expected a list"],
    ['metrics: [5]', "dvc.yaml:1:11: an entry of 'metrics' is an integer, expected a text"],
    ["params: ['${lr}']", "dvc.yaml:1:10: an entry of 'params' is a float, expected a text"],
    ["params: ['${list}']", "dvc.yaml:1:10: an entry of 'params' is a list, expected a text"],
    ["params: ['${list}.x']", "dvc.yaml:1:10: '${list}' is a list, which cannot stand in text"],
    ['params:', "dvc.yaml:1:8: 'params' is nothing, expected a list"],
    ['metric: []', "dvc.yaml:1:1: unknown key 'metric' in dvc.yaml"],
  ] as const) {
    test(`'${yaml}' is refused`, () => assertRefused(yaml, message))
  }
})

describe('plots', () => {
  test('have an id, fields by file, and words to show', () => {
    const { plots } = parse(`plots:
- '\${name}.csv'
- roc: {x: fpr, y: {a.csv: tpr, b.csv: [t, u]}, title: 'AUC \${lr}', x_label: '\${lr}', template: simple}
- '\${name}.csv': {x: {s.csv: step}, y: [loss, acc], y_label: both}
- folder:
`)
    assert.deepEqual(
      plots.map((plot) => ({ ...plot, place: undefined })),
      [
        {
          id: 'model.csv',
          isPath: true,
          x: [{ file: 's.csv', fields: ['step'] }],
          y: [{ file: undefined, fields: ['loss', 'acc'] }],
          xLabel: undefined,
          yLabel: 'both',
          title: undefined,
          template: undefined,
          place: undefined,
        },
        {
          id: 'roc',
          isPath: false,
          x: [{ file: undefined, fields: ['fpr'] }],
          y: [
            { file: 'a.csv', fields: ['tpr'] },
            { file: 'b.csv', fields: ['t', 'u'] },
          ],
          xLabel: '0.1',
          yLabel: undefined,
          title: 'AUC 0.1',
          template: 'simple',
          place: undefined,
        },
        {
          id: 'folder',
          isPath: true,
          x: [],
          y: [],
          xLabel: undefined,
          yLabel: undefined,
          title: undefined,
          template: undefined,
          place: undefined,
        },
      ],
    )
  })

  for (const [yaml, message] of [
    ['plots: [{a: {z: 1}}]', "dvc.yaml:1:14: unknown key 'z' in the plot 'a'"],
    [
      'plots: [{a: {x: [b]}}]',
      "dvc.yaml:1:17: 'x' in the plot 'a' is a list, expected a text or a map",
    ],
    [
      'plots: [{a: {y: {f: 1}}}]',
      "dvc.yaml:1:21: 'f' in 'y' in the plot 'a' is an integer, expected a text or a list",
    ],
    ['plots: [{}]', "dvc.yaml:1:9: an entry of 'plots' is empty"],
    ['plots: {a: b}', "dvc.yaml:1:8: 'plots' is a map, expected a list"],
    ['plots: [{a: b}]', "dvc.yaml:1:13: the plot 'a' is a text, expected a map or nothing"],
  ] as const) {
    test(`'${yaml}' is refused`, () => assertRefused(yaml, message))
  }
})

describe('artifacts', () => {
  test('have a path and what is said of it; a date may stand in their meta', () => {
    const { artifacts } = parse(
      `artifacts: {'\${name}': {path: '\${name}.bin', type: m, desc: d, labels: [a, '\${lr}'], meta: {on: 2024-01-01}}}`,
    )
    const [artifact] = artifacts
    assert.deepEqual(
      { ...artifact, meta: artifact?.meta !== undefined, place: undefined },
      {
        name: 'model',
        path: 'model.bin',
        type: 'm',
        description: 'd',
        labels: ['a', '0.1'],
        meta: true,
        place: undefined,
      },
    )
  })

  for (const [yaml, message] of [
    ['artifacts: {a: {type: m}}', "dvc.yaml:1:16: the artifact 'a' has no 'path'"],
    [
      'artifacts: {a: {path: p, labels: x}}',
      "dvc.yaml:1:34: 'labels' in the artifact 'a' is a text, expected a list",
    ],
    [
      'artifacts: {a: {path: 2024-01-01}}',
      "dvc.yaml:1:23: 'path' in the artifact 'a' is a date, expected a text",
    ],
    [
      "artifacts: {'${lr}': {path: p}}",
      "dvc.yaml:1:13: a name in 'artifacts' is a float, expected a text",
    ],
    [
      "artifacts: {a: {path: '${none}'}}",
      "dvc.yaml:1:23: 'path' in the artifact 'a' is nothing, expected a text",
    ],
    ['artifacts: {1: {path: p}}', "dvc.yaml:1:13: the key '1' of 'artifacts' is an integer"],
  ] as const) {
    test(`'${yaml}' is refused`, () => assertRefused(yaml, message))
  }
})

test('datasets are kept, and what they name has to exist', () => {
  assert.equal(parse('datasets: [{name: x, type: dvc, rev: 1}]').datasets.length, 1)
  assertRefused(
    'datasets:',
    "dvc.yaml:1:10: 'datasets' is nothing, expected a list or a map or a text",
  )
  assertRefused(
    "datasets: ['${nope}']",
    "dvc.yaml:1:12: '${nope}' is not defined: there is no 'nope'",
  )
})

test('a dvc.yaml that says none of it says nothing', () => {
  assert.deepEqual(parse('stages: {}'), {
    metrics: [],
    params: [],
    plots: [],
    artifacts: [],
    datasets: [],
  })
})

function parse(text: string): TopLevel {
  const { topLevels } = parsePipeline({
    root: '/r',
    directory: '/r',
    files: [{ path: 'dvc.yaml', text }],
    readText: (location) => (location === '/r/params.yaml' ? parameters : undefined),
  })
  return topLevels.get('dvc.yaml') ?? assert.fail('nothing was read')
}

function assertRefused(yaml: string, message: string): void {
  assert.throws(
    () => parse(yaml),
    (error) => {
      assert.ok(error instanceof ToolkitError, String(error))
      assert.equal(error.message.split('\n')[0], message)
      return true
    },
  )
}
