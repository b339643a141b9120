/** What MLflow's own pages ask besides the REST API: queries for a run and an experiment, and for a gateway. */

import { ToolkitError } from '../../../core/errors.ts'
import { isObject } from '../../../core/json.ts'
import type { Search } from '../../../core/tracking.ts'
import { optional, readFields, requiredText, text, type Field } from '../fields.ts'
import { parseQuery, type SelectedField } from '../graphql/parse-query.ts'
import { checkSelection, selectFields } from '../graphql/select-fields.ts'
import { route, type Route, type RouteContext } from '../route.ts'
import { formatExperiment, formatRun } from './messages.ts'
import { formatListedVersion } from './model-messages.ts'
import { runIdFields, toRunId } from './run-fields.ts'

type Store = RouteContext['store']
/** No run made as many. */
const mostVersions = 10_000

type Message = Readonly<Record<string, unknown>>

const variables: Field<Message> = {
  isRequired: false,
  schema: { type: 'object' },
  read: (value, path) => {
    if (value === undefined) return {}
    if (isObject(value)) return value
    throw new ToolkitError('TRACKING_INVALID', `'${path}' is no object`)
  },
}

export const graphqlRoute: Route = route({
  methods: ['POST'],
  path: 'graphql',
  permission: 'read',
  summary: "MLflow's GraphQL, of which mlflowGetRun and mlflowGetExperiment are here",
  fields: { query: text, variables: optional(variables), operationName: text },
  answer: async ({ query = '', variables: sent = {} }, { store }) => {
    try {
      const fields = parseQuery(query, sent)
      checkSelection('Query', fields)
      return await answerFields(store, fields)
    } catch (error) {
      // GraphQL tells what is wrong with a query in the message.
      return { data: null, errors: [messageOf(error)] }
    }
  },
})

/** As MLflow answers where no gateway is set up: its page of runs shows any other answer as a failure. */
export const gatewayRoute: Route = route({
  methods: ['GET'],
  path: 'gateway-proxy',
  permission: 'read',
  summary: 'The endpoints of a gateway to language models: there are none',
  fields: {},
  answer: async () => ({ endpoints: [] }),
})

/** Each on its own: what one of them lacks is an error beside the others' answers. */
async function answerFields(store: Store, fields: readonly SelectedField[]): Promise<object> {
  const data: Record<string, unknown> = {}
  const errors: string[] = []
  for (const field of fields) {
    try {
      data[field.name] = await answerField(store, field)
    } catch (error) {
      data[field.name] = null
      errors.push(messageOf(error))
    }
  }
  return { data, errors: errors.length === 0 ? null : errors }
}

async function answerField(store: Store, field: SelectedField): Promise<unknown> {
  const { name, fields } = field
  if (name === '__typename') return 'Query'
  const { input } = field.arguments
  const message = isObject(input) ? input : {}
  if (name === 'mlflowGetRun') {
    const found = { run: await findRun(store, toRunId(readFields(runIdFields, message)), fields) }
    return selectFields('MlflowGetRunResponse', fields, found)
  }
  const { experiment_id: id } = readFields({ experiment_id: requiredText }, message)
  const found = { experiment: formatExperiment(await store.getExperiment(id)) }
  return selectFields('MlflowGetExperimentResponse', fields, found)
}

/** With what of its surroundings is asked for. */
async function findRun(
  store: Store,
  runId: string,
  fields: readonly SelectedField[],
): Promise<object> {
  const run = await store.getRun(runId)
  const wanted = fields.find(({ name }) => name === 'run')?.fields.map(({ name }) => name) ?? []
  const experiment = wanted.includes('experiment')
    ? formatExperiment(await store.getExperiment(run.experimentId))
    : undefined
  const versions = wanted.includes('modelVersions')
    ? (await store.searchModelVersions(versionsOf(run.runId))).items
    : []
  return { ...formatRun(run), experiment, model_versions: versions.map(formatListedVersion) }
}

function versionsOf(runId: string): Search {
  return { filter: `run_id = '${runId}'`, maxResults: mostVersions }
}

/** @throws the error itself when it is none of the client's */
function messageOf(error: unknown): string {
  if (error instanceof ToolkitError && answeredCodes.has(error.code)) return error.message
  throw error
}

const answeredCodes: ReadonlySet<string> = new Set(['TRACKING_INVALID', 'TRACKING_NOT_FOUND'])
