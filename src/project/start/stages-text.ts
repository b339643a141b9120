/** The text of dvc.yaml. */

import type { ModelOutput } from '../../core/predictor.ts'
import { layoutOf } from '../layout.ts'

/** The models that a proposed project trains, the simple one first. */
export function listModels(output: ModelOutput): readonly string[] {
  return [output.kind === 'value' ? 'linear' : 'logistic', 'boosting']
}

/**
 * Writes the stages from the table to the promoted model.
 *
 * @param table - path of the table where it lies in the project: a changed one runs everything again
 */
export function writeStages(name: string, output: ModelOutput, table: string | undefined): string {
  const models = listModels(output)
  const { raw, manifest, suite, features } = layoutOf(name)
  const matrix = `    matrix:\n      model: [${models.join(', ')}]\n`
  return [
    '# From the table to a promoted model. Read and run by mlpt and by dvc alike.',
    'stages:',
    stage('ingest', '', {
      deps: [...(table === undefined ? [] : [table]), 'project.ts'],
      params: ['checks.schema', 'ingest'],
      outs: [manifest, raw],
    }),
    stage('validate', '', {
      deps: [raw, suite, 'project.ts'],
      params: ['checks'],
      outs: [
        kept('reports/checks.json'),
        kept('reports/validation.html'),
        kept('reports/validation.json'),
      ],
    }),
    stage('features', '', {
      deps: [raw, 'project.ts', 'reports/validation.json'],
      params: ['checks.schema', 'split.folds'],
      outs: [features],
    }),
    stage('train', matrix, {
      deps: [features, 'project.ts'],
      params: [...decisions[output.kind], 'split.test_fold', `train.${item}`],
      outs: [`models/${item}`],
    }),
    stage('evaluate', matrix, {
      deps: [features, raw, `models/${item}`],
      params: ['evaluate', 'split'],
      outs: [`plots/${item}`, uncached(`reports/evaluation/${item}.json`)],
      metrics: [uncached(`metrics/${item}.json`)],
    }),
    stage('promote', '', {
      deps: [
        raw,
        ...models.map((model) => `metrics/${model}.json`),
        ...models.map((model) => `models/${model}`),
        'reports/checks.json',
        'reports/validation.json',
      ],
      params: ['evaluate', 'promote', 'split'],
      outs: [kept('reports/promotion.json'), kept('reports/promotion.md')],
    }),
    '',
  ].join('\n')
}

/** What servers call goes by them, so that they are in the model. */
const decisions = {
  probability: ['evaluate.threshold'],
  value: [],
  classes: ['evaluate.costs'],
} as const satisfies Readonly<Record<ModelOutput['kind'], readonly string[]>>

// oxlint-disable-next-line no-template-curly-in-string -- dvc fills it in
const item = '${item.model}'

/** Of a stage, lists of paths and names by their heading. */
function stage(
  name: string,
  matrix: string,
  lists: Readonly<Record<string, readonly string[]>>,
): string {
  const command = `    cmd: npx mlpt ${name}${matrix === '' ? '' : ` ${item}`}`
  const listed = Object.entries(lists).map(
    ([heading, entries]) => `    ${heading}:\n${entries.map(entry).join('\n')}`,
  )
  return `  ${name}:\n${matrix}${[command, ...listed].join('\n')}`
}

function entry(text: string): string {
  const isPlain = /^[\w./${}-]+(?::\n[^]*)?$/.test(text)
  return `      - ${isPlain ? text : JSON.stringify(text)}`
}

function uncached(path: string): string {
  return `${path}:\n          cache: false`
}

/** Neither removed before its stage runs nor kept in the cache. */
function kept(path: string): string {
  return `${uncached(path)}\n          persist: true`
}
