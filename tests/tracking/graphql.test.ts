import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openServedRuns, type ServedRuns } from './serve-credit-runs.ts'
import { ask, post, type Answer } from './serve-store.ts'

let served: ServedRuns

before(async () => {
  served = await openServedRuns()
})
after(() => served[Symbol.asyncDispose]())

describe('what the pages of MLflow ask by GraphQL', () => {
  test('a run is told as far as it is asked for, with its experiment', async () => {
    const { status, json } = await send(runQuery, { data: { runId: served.second } })
    assert.equal(status, 200)
    assert.deepEqual(json, {
      data: {
        mlflowGetRun: {
          apiError: null,
          run: {
            info: { runUuid: served.second, endTime: '12', status: 'FINISHED', userId: 'ada' },
            experiment: { name: 'credit', tags: [], __typename: 'MlflowExperiment' },
            modelVersions: [],
            data: {
              metrics: [
                { key: 'loss', value: 0.25, step: '0', __typename: 'MlflowMetricExtension' },
                {
                  key: 'odd',
                  value: Number.MAX_VALUE,
                  step: '0',
                  __typename: 'MlflowMetricExtension',
                },
              ],
              params: [{ key: 'model', value: 'boosting' }],
            },
            inputs: { datasetInputs: [], modelInputs: [] },
            outputs: { modelOutputs: [] },
          },
        },
      },
      errors: null,
    })
  })

  test('versions that were made of a run are told with it', async () => {
    const query = `{ mlflowGetRun(input: {runId: "${served.first}"}) { run { modelVersions { name version aliases } } } }`
    assert.deepEqual((await send(query)).json.data.mlflowGetRun.run, {
      modelVersions: [{ name: 'credit', version: '1', aliases: [] }],
    })
  })

  test('what is missing is an error beside what is there', async () => {
    const query = `query Both($run: MlflowGetRunInput!) {
      mlflowGetRun(input: $run) { run { info { runId } } } # none
      mlflowGetExperiment(input: {experimentId: "1"}) { experiment { name creationTime } }
    }`
    const { json } = await send(query, { run: { runId: '0'.repeat(32) } })
    assert.equal(json.data.mlflowGetRun, null)
    assert.equal(json.data.mlflowGetExperiment.experiment.name, 'credit')
    assert.match(json.data.mlflowGetExperiment.experiment.creationTime, /^\d+$/)
    assert.deepEqual(json.errors, [`Run with id=${'0'.repeat(32)} not found`])
  })

  for (const [query, reason] of [
    ['', /ends too early/],
    ['query {', /ends too early/],
    ['query Q(', /ends too early/],
    ['{ }', /a name is expected instead of '}'/],
    ['{ nope }', /^Cannot query field 'nope' on type 'Query'\.$/],
    ['{ constructor { a } }', /^Cannot query field 'constructor' on type 'Query'\.$/],
    ['{ __schema { types { name } } }', /^Cannot query field '__schema'/],
    ['{ mlflowGetRun }', /must have a selection of subfields/],
    ['{ mlflowGetRun { run { info { runId { a } } } } }', /must not have a selection/],
    [
      '{ mlflowGetRun { run { info { runId } } } }',
      /Missing value for required parameter 'run_id'/,
    ],
    ['{ mlflowGetRun(input: 5) { apiError { code } } }', /Missing value .* 'run_id'/],
    ['{ mlflowGetRun(input: {runId: 5}) { apiError { code } } }', /Invalid value 5 for .*'run_id'/],
    ['{ mlflowGetRun(input: $x) { apiError { code } } }', /Variable '\$x' was not provided/],
    ['{ mlflowGetRun(input: {runId: "\\x"}) { apiError { code } } }', /is no value/],
    ['{ a: mlflowGetRun { apiError { code } } }', /alias/],
    ['{ ...all }', /a name is expected instead of '\.\.\.'/],
    ['{ mlflowGetRun { apiError { code code } } }', /'code' is there twice/],
    ['{ __typename } { __typename }', /one query is expected/],
    ['mutation { mlflowGetRun { apiError { code } } }', /'{' is expected instead of 'mutation'/],
    ['{ a ; }', /';' is not understood/],
    ['{a'.repeat(11), /more than 10 levels/],
    [`{ a(b: ${'['.repeat(5000)}) }`, /more than 10 levels/],
    [`{ ${'a '.repeat(10_000)} }`, /at most 20000 are allowed/],
  ] as const) {
    test(`a query is refused: ${query.slice(0, 60)}`, async () => {
      const { status, json } = await send(query)
      assert.equal(status, 200)
      assert.match(json.errors[0], reason)
      assert.equal(json.errors.length, 1)
    })
  }

  test('a message that is no query is refused as all are', async () => {
    for (const body of [[], { query: 5 }, { query: '{ __typename }', variables: 'x' }]) {
      const { status, json } = await post(served.address, '/graphql', body)
      assert.deepEqual([status, json.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    }
    assert.equal((await ask(served.address, '/graphql')).status, 404)
  })

  test('a gateway has no endpoints', async () => {
    const path = '/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=api%2F2.0%2Fendpoints%2F'
    assert.deepEqual((await ask(served.address, path)).json, { endpoints: [] })
  })

  test('nothing of this made the server fail', () => assert.deepEqual(served.failures, []))
})

function send(query: string, variables?: object): Promise<Answer> {
  return post(served.address, '/graphql', { operationName: 'Q', query, variables })
}

const runQuery = `query GetRun($data: MlflowGetRunInput!) @component(name: "MLflow.ExperimentRunTracking") {
  mlflowGetRun(input: $data) {
    apiError { helpUrl code message }
    run {
      info { runUuid, endTime, status, userId }
      experiment { name tags { key value } __typename }
      modelVersions { status version name source }
      data { metrics { key value step __typename } params { key value } }
      inputs {
        datasetInputs { dataset { digest name profile schema source sourceType } tags { key value } }
        modelInputs { modelId }
      }
      outputs { modelOutputs { modelId step } }
    }
  }
}`
