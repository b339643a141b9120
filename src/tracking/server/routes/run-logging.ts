import { ToolkitError } from '../../../core/errors.ts'
import type { MetricPoint } from '../../../core/tracking.ts'
import { checkBatchSize, checkMetric, checkPair } from '../../store/runs/run-rules.ts'
import {
  anyText,
  double,
  integer,
  invalidValue,
  list,
  object,
  optional,
  pairList,
  required,
  requiredText,
  text,
  toPairs,
  type Values,
} from '../fields.ts'
import { route, type Route } from '../route.ts'
import { parseModelJson } from './model-json.ts'
import { runIdFields, toRunId } from './run-fields.ts'

const metricFields = {
  key: requiredText,
  value: required(double),
  timestamp: required(integer),
  step: integer,
  model_id: text,
  dataset_name: text,
  dataset_digest: text,
}

/** Metrics, params and tags of runs. */
const valueRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'runs/log-metric',
    permission: 'write',
    summary: 'Log one metric',
    fields: { ...runIdFields, ...metricFields },
    answer: async (values, { store }) => {
      const point = toMetricPoint(values)
      checkMetric(point)
      return store.logMetrics(toRunId(values), [point])
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/log-parameter',
    permission: 'write',
    summary: 'Log one param, which is written once',
    fields: { ...runIdFields, key: requiredText, value: text },
    answer: async ({ key, value = '', ...run }, { store }) => {
      checkPair('Param', key, value)
      return store.logParams(toRunId(run), { [key]: value })
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/set-tag',
    permission: 'write',
    summary: 'Set a tag of a run',
    fields: { ...runIdFields, key: requiredText, value: text },
    answer: async ({ key, value = '', ...run }, { store }) => {
      checkPair('Tag', key, value)
      return store.setTags(toRunId(run), { [key]: value })
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/delete-tag',
    permission: 'write',
    summary: 'Remove a tag of a run',
    fields: { ...runIdFields, key: requiredText },
    answer: async (values, { store }) => store.deleteTag(toRunId(values), values.key),
  }),
  route({
    methods: ['POST'],
    path: 'runs/log-batch',
    permission: 'write',
    summary: 'Log metrics, params and tags in one transaction',
    fields: {
      ...runIdFields,
      metrics: list(object(metricFields)),
      params: pairList,
      tags: pairList,
    },
    answer: async ({ metrics, params, tags, ...run }, { store }) => {
      const runId = toRunId(run)
      if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId)) throw invalidValue('run_id', runId, 'a run id')
      checkBatchSize({ metrics: metrics.length, params: params.length, tags: tags.length })
      checkUnique(params.map(({ key }) => key))
      return store.logBatch(runId, {
        metrics: metrics.map(toMetricPoint),
        params: toPairs(params),
        tags: toPairs(tags),
      })
    },
  }),
]

const datasetInput = object({
  tags: list(object({ key: requiredText, value: anyText })),
  dataset: object({
    name: requiredText,
    digest: requiredText,
    source_type: anyText,
    source: anyText,
    schema: text,
    profile: text,
  }),
})

/** What runs read and made. */
const relationRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'runs/log-inputs',
    permission: 'write',
    summary: 'Log the datasets and models that a run read',
    fields: {
      ...runIdFields,
      datasets: list(datasetInput),
      models: list(object({ model_id: requiredText })),
    },
    answer: async (values, { store }) => {
      return store.logInputs(toRunId(values), {
        datasets: values.datasets.map(({ tags, dataset }) => ({
          tags: toPairs(tags),
          dataset: {
            name: dataset.name,
            digest: dataset.digest,
            sourceType: dataset.source_type,
            source: dataset.source,
            schema: dataset.schema,
            profile: dataset.profile,
          },
        })),
        modelIds: values.models.map(({ model_id }) => model_id),
      })
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/outputs',
    permission: 'write',
    summary: 'Log the models that a run made',
    fields: {
      ...runIdFields,
      models: required(optional(list(object({ model_id: requiredText, step: integer })))),
    },
    answer: async ({ models, ...run }, { store }) =>
      store.logOutputs(
        toRunId(run),
        models.map(({ model_id, step = 0 }) => ({ modelId: model_id, step })),
      ),
  }),
  route({
    methods: ['POST'],
    path: 'runs/log-model',
    permission: 'write',
    summary: 'Note a model among the artifacts of a run, as clients before MLflow 3 do',
    fields: { ...runIdFields, model_json: requiredText },
    answer: async (values, { store }) =>
      store.logModelHistory(toRunId(values), parseModelJson(values.model_json)),
  }),
]

export const runLoggingRoutes: readonly Route[] = [...valueRoutes, ...relationRoutes]

function toMetricPoint(values: Values<typeof metricFields>): MetricPoint {
  return {
    key: values.key,
    value: values.value,
    timestamp: values.timestamp,
    step: values.step ?? 0,
    modelId: values.model_id,
    datasetName: values.dataset_name,
    datasetDigest: values.dataset_digest,
  }
}

function checkUnique(keys: readonly string[]): void {
  const seen = new Set<string>()
  const twice = keys.filter((key) => seen.size === seen.add(key).size)
  if (twice.length === 0) return
  throw new ToolkitError(
    'TRACKING_INVALID',
    `Duplicate parameter keys have been submitted: ['${twice.join(`', '`)}']. Please ensure the request contains only one param value per param key.`,
  )
}
