/** Random searches in MLflow's language: mostly right ones, some broken. */

import { breakText, type Draw } from '../random-draw.ts'
import { pools, type SearchData } from './random-data.ts'

export type SearchKind = 'runs' | 'experiments' | 'models' | 'versions' | 'logged'

export interface SearchCase {
  readonly kind: SearchKind
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly loggedOrder: readonly LoggedOrder[]
  readonly datasets: readonly { readonly dataset_name: string; readonly dataset_digest?: string }[]
  readonly experimentIds: readonly string[]
  readonly viewType: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
  readonly maxResults: number
  /** How many pages are fetched at most. */
  readonly pages: number
}

export interface LoggedOrder {
  readonly field_name: string
  readonly ascending: boolean
  readonly dataset_name?: string
  readonly dataset_digest?: string
}

/** What a kind of thing can be searched by. */
interface Fields {
  readonly texts: readonly string[]
  /** Those that MLflow compares with lists too. */
  readonly listed: readonly string[]
  readonly numbers: readonly string[]
  readonly entities: readonly ('metric' | 'param' | 'tag' | 'dataset')[]
  readonly orders: readonly string[]
  readonly hasNullTests: boolean
}

const fieldsOf: Readonly<Record<SearchKind, Fields>> = {
  runs: {
    texts: [
      'run_id',
      'run_name',
      '`run name`',
      '"Run Name"',
      'status',
      'user_id',
      'artifact_uri',
      'attribute.status',
      'attr.`status`',
      'run.run_name',
    ],
    listed: ['run_id', 'attributes.run_id'],
    numbers: [
      'start_time',
      'end_time',
      'created',
      'Created',
      'attributes.end_time',
      '`start_time`',
      'run."start_time"',
    ],
    entities: ['metric', 'param', 'tag', 'dataset'],
    orders: [
      'start_time',
      'end_time',
      'status',
      'run_name',
      'run_id',
      'user_id',
      'artifact_uri',
      'created',
      'attribute.end_time',
      'attributes.`status`',
    ],
    hasNullTests: true,
  },
  experiments: {
    texts: ['name', 'attribute.name'],
    listed: ['experiment_id', 'attribute.experiment_id'],
    numbers: ['creation_time', 'last_update_time', 'attribute.creation_time'],
    entities: ['tag'],
    orders: ['name', 'experiment_id', 'creation_time', 'last_update_time', 'attribute.name'],
    hasNullTests: true,
  },
  models: {
    texts: ['name', 'attribute.name'],
    listed: ['name'],
    numbers: [],
    entities: ['tag'],
    orders: ['name', 'timestamp', 'last_updated_timestamp'],
    hasNullTests: false,
  },
  versions: {
    texts: ['name', 'run_id', 'source_path', 'attribute.name'],
    listed: ['run_id', 'name'],
    numbers: ['version_number'],
    entities: ['tag'],
    orders: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
    hasNullTests: false,
  },
  logged: {
    texts: ['name', 'model_type', 'source_run_id', 'model_id', 'attributes.name'],
    listed: ['name', 'model_type', 'model_id'],
    numbers: ['creation_time', 'creation_timestamp', 'last_updated_timestamp', 'creation_time'],
    entities: ['metric', 'param', 'tag'],
    orders: [],
    hasNullTests: false,
  },
}

const spellings = {
  metric: ['metrics', 'metrics', 'metric', '`metrics`'],
  param: ['params', 'params', 'param', 'parameter', 'parameters'],
  tag: ['tags', 'tags', 'tag'],
  dataset: ['dataset', 'datasets'],
} as const

/** A search of things in the data, or near them. */
export function randomSearch(draw: Draw, data: SearchData): SearchCase {
  const kind = draw.pick([
    'runs',
    'runs',
    'runs',
    'experiments',
    'models',
    'versions',
    'logged',
  ] as const)
  const filter = randomFilter(draw, kind, data)
  return {
    kind,
    filter: draw.odd(0.25) ? breakText(filter, draw) : filter,
    orderBy: draw.times(3, () => randomOrder(draw, kind)),
    loggedOrder: draw.times(2, () => randomLoggedOrder(draw)),
    datasets: kind === 'logged' && draw.chance(0.3) ? [randomDataset(draw)] : [],
    experimentIds: draw.pick([['1'], ['1', '2'], ['1', '2', '3'], ['3'], ['1', '99'], []]),
    viewType: draw.pick(['ACTIVE_ONLY', 'ALL', 'DELETED_ONLY'] as const),
    maxResults: draw.pick([1, 3, 10, 1000]),
    pages: 4,
  }
}

function randomFilter(draw: Draw, kind: SearchKind, data: SearchData): string {
  const clauses = draw.times(3, () => randomClause(draw, kind, data))
  const joined = clauses.reduce(
    (text, clause) =>
      text + draw.pick([' AND ', ' and ', '\nAND\t', draw.odd(0.1) ? ' ' : ' AND ']) + clause,
    '',
  )
  const body = joined.replace(/^\s*(?:and)?\s*/i, '')
  return draw.chance(0.05) ? `${body} AND ` : draw.chance(0.03) ? `  ${body}` : body
}

function randomClause(draw: Draw, kind: SearchKind, data: SearchData): string {
  const fields = fieldsOf[kind]
  const shapes = [
    'text',
    'side',
    'side',
    'side',
    'list',
    ...(fields.numbers.length > 0 ? ['number'] : []),
  ]
  switch (draw.pick(shapes)) {
    case 'text':
      return compareText(draw, draw.pick(fields.texts), textOf(draw, kind, data), kind)
    case 'list':
      return compareList(draw, draw.pick(fields.listed), kind, data)
    case 'number':
      return compareNumber(draw, draw.pick(fields.numbers), draw.pick(pools.times))
    default:
      return compareSide(draw, kind)
  }
}

function compareSide(draw: Draw, kind: SearchKind): string {
  const fields = fieldsOf[kind]
  const entity = draw.pick(fields.entities)
  // MLflow knows one name only for each of them where logged models are searched.
  const name =
    kind === 'logged'
      ? spellings[entity][0]
      : kind === 'runs'
        ? draw.pick(spellings[entity])
        : draw.pick(['tag', 'tags'])
  if (entity === 'dataset') {
    const field = `${name}.${draw.pick(['name', 'digest', 'context'])}`
    const values = [...pools.datasetNames, ...pools.digests, 'training', 'evaluation']
    if (draw.chance(0.3))
      return `${field} ${draw.pick(['IN', 'NOT IN', 'in'])} (${quoted(draw, draw.pick(values))}, 'x')`
    return compareText(draw, field, draw.pick(values))
  }
  if (entity === 'metric') {
    const key = draw.pick([...pools.metricKeys, 'none'])
    return compareNumber(draw, `${name}.${quotedKey(draw, key, kind)}`, draw.pick(pools.numbers))
  }
  const isPrompt = (kind === 'models' || kind === 'versions') && draw.chance(0.4)
  const key = isPrompt ? 'mlflow.prompt.is_prompt' : draw.pick([...pools.pairKeys, 'none'])
  const field = `${name}.${quotedKey(draw, key, kind)}`
  if (fields.hasNullTests && draw.chance(0.25))
    return `${field} ${draw.pick(['IS NULL', 'is not null', 'IS NOT NULL'])}`
  return compareText(
    draw,
    field,
    isPrompt ? draw.pick(['true', 'false', 'True']) : draw.pick(pools.texts),
    kind,
  )
}

function compareText(draw: Draw, field: string, value: string, kind?: SearchKind): string {
  const operator = draw.pick([
    '=',
    '=',
    '!=',
    'LIKE',
    'ILIKE',
    'like',
    draw.odd(0.2) ? draw.pick(['>', '==', '<>', 'IN', 'NOT LIKE', 'RLIKE']) : '=',
  ])
  if (!/like/i.test(operator))
    return `${field}${spaced(draw, operator)}${quoted(draw, value, kind)}`
  const start = value.slice(0, 1 + draw.random.nextInteger(3))
  const pattern = draw.pick([
    value,
    `%${value}%`,
    `${start}%`,
    `%${value.slice(-2)}`,
    value.replace(/[a-z]/, '_'),
    '%',
    '%_%',
    value.toUpperCase(),
  ])
  return `${field} ${operator} ${quoted(draw, pattern, kind)}`
}

function compareList(draw: Draw, field: string, kind: SearchKind, data: SearchData): string {
  const values = draw.times(3, () => textOf(draw, kind, data))
  const listed = (values.length === 0 && !draw.odd(0.5) ? ['x'] : values).map((value) =>
    quoted(draw, value),
  )
  return `${field} ${draw.pick(['IN', 'NOT IN', 'in', 'not in'])} (${listed.join(draw.pick([', ', ',', ' , ']))}${draw.chance(0.1) && listed.length > 0 ? ',' : ''})`
}

function compareNumber(draw: Draw, field: string, value: number): string {
  const operator = draw.pick([
    '=',
    '!=',
    '>',
    '>=',
    '<',
    '<=',
    draw.odd(0.2) ? draw.pick(['==', '<>', 'LIKE', '=>']) : '>',
  ])
  const written = draw.pick([
    String(value),
    String(value),
    value === 0.5 ? '.5' : String(value),
    Number.isInteger(value) ? `${value}` : String(value),
    value === 1000 ? '1e3' : value === 0.001 ? '1E-3' : String(value),
    draw.odd(0.2) ? `'${value}'` : String(value),
  ])
  return `${field}${spaced(draw, operator)}${written}`
}

function spaced(draw: Draw, operator: string): string {
  return /^\w/.test(operator)
    ? ` ${operator} `
    : draw.pick([operator, ` ${operator} `, ` ${operator}`, `\n${operator}  `])
}

/** In double quotes, MLflow's search for logged models finds nothing. */
function quoted(draw: Draw, text: string, kind?: SearchKind): string {
  if (kind === 'logged' && !draw.odd(0.1)) return `'${text.replaceAll("'", '')}'`
  const quote = text.includes("'") ? '"' : text.includes('"') ? "'" : draw.pick(["'", "'", '"'])
  return `${quote}${text}${quote}`
}

function quotedKey(draw: Draw, key: string, kind: SearchKind): string {
  const isBare = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_]\w*)*$/u.test(key)
  if (isBare && draw.chance(0.7)) return key
  return kind !== 'logged' && draw.chance(0.3) ? `"${key}"` : `\`${key}\``
}

function textOf(draw: Draw, kind: SearchKind, data: SearchData): string {
  const near = {
    runs: () =>
      draw.pick([
        draw.pick(data.runs).id,
        draw.pick(pools.statuses),
        'ada',
        draw.pick(pools.texts),
      ]),
    experiments: () =>
      draw.pick([draw.pick(data.experiments).name, String(draw.pick(data.experiments).id)]),
    models: () => draw.pick([draw.pick(data.models).name, 'credit']),
    versions: () =>
      draw.pick([draw.pick(data.models).name, 'r1', '', 'mlflow-artifacts:/1/R2/artifacts']),
    logged: () =>
      draw.pick([draw.pick(data.loggedModels).name, draw.pick(data.loggedModels).id, 'onnx', 'r1']),
  }
  return near[kind]()
}

function randomOrder(draw: Draw, kind: SearchKind): string {
  const direction = draw.pick([
    '',
    '',
    ' ASC',
    ' DESC',
    ' desc',
    ' Asc',
    draw.odd(0.1) ? ' DOWN' : '',
    draw.odd(0.05) ? ' NULLS LAST' : ' DESC',
  ])
  const attributes = fieldsOf[kind].orders
  if (kind !== 'runs' || draw.chance(0.4))
    return `${attributes.length === 0 ? 'name' : draw.pick(attributes)}${direction}`
  const entity = draw.pick(['metric', 'metric', 'param', 'tag'] as const)
  const key = draw.pick(entity === 'metric' ? pools.metricKeys : pools.pairKeys)
  const text = `${draw.pick(spellings[entity])}.${quotedKey(draw, key, kind)}${direction}`
  return draw.odd(0.1) ? breakText(text, draw) : text
}

function randomLoggedOrder(draw: Draw): LoggedOrder {
  const field = draw.pick([
    'name',
    'creation_time',
    'creation_timestamp',
    'last_updated_timestamp',
    'model_id',
    'model_type',
    'source_run_id',
    ...pools.metricKeys.map((key) => `metrics.${key}`),
    draw.odd(0.2) ? 'params.lr' : 'name',
  ])
  return {
    field_name: field,
    ascending: draw.chance(0.5),
    ...(field.startsWith('metrics.') && draw.chance(0.4) ? randomDataset(draw) : {}),
  }
}

function randomDataset(draw: Draw): { dataset_name: string; dataset_digest?: string } {
  const dataset_name = draw.pick(pools.datasetNames)
  return draw.chance(0.5)
    ? { dataset_name, dataset_digest: draw.pick(pools.digests) }
    : { dataset_name }
}
