import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FeatureReader } from '../../../src/core/feature-reader.ts'
import { predictor, serveModel } from '../serve-model.ts'

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>> }>
  >
  readonly security?: unknown
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly securitySchemes?: unknown
    readonly schemas: Readonly<
      Record<string, { readonly required: string[]; readonly properties: Record<string, object> }>
    >
  }
}

async function readDocument(...options: Parameters<typeof serveModel>): Promise<Document> {
  await using server = await serveModel(...options)
  const headers = { authorization: 'Bearer secret' }
  const { text } = await server.send('/openapi.json', { headers })
  return JSON.parse(text) as Document
}

describe('refusals in the OpenAPI document', () => {
  test('an open server documents 403 and 503, and neither 401 nor 429', async () => {
    const { paths, components } = await readDocument()
    for (const [path, operations] of Object.entries(paths)) {
      for (const { responses, security } of Object.values(operations)) {
        const isProbe = /^\/(?:health|ping|v2\/health)/.test(path)
        assert.equal('403' in responses, !isProbe, path)
        assert.ok(!('401' in responses) && !('429' in responses), path)
        if (!isProbe) assert.ok('503' in responses, path)
        assert.equal(security, undefined)
      }
    }
    assert.equal(components.securitySchemes, undefined)
    assert.ok(!('warnings' in components.schemas['OnePrediction']!.properties))
  })

  test('tokens and a rate are documented where they hold, in the shape of each protocol', async () => {
    // sha256 of 'secret'
    const tokenHashes = ['2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b']
    const { paths, components } = await readDocument({
      tokenHashes,
      overload: { requestsPerSecond: 9 },
    })
    assert.deepEqual(components.securitySchemes, { token: { type: 'http', scheme: 'bearer' } })
    for (const [path, schema] of [
      ['/predict', 'Problem'],
      ['/invocations', 'InvocationError'],
      ['/v1/models/loans:predict', 'InferenceError'],
      ['/v2/models/loans/infer', 'InferenceError'],
      ['/v2/repository/index', 'InferenceError'],
    ] as const) {
      const { responses, security } = paths[path]?.['post'] ?? assert.fail(path)
      assert.deepEqual(security, [{ token: [] }])
      for (const status of ['401', '403', '429', '503']) {
        const [content] = Object.values(responses[status]?.content ?? {})
        assert.deepEqual(
          content,
          { schema: { $ref: `#/components/schemas/${schema}` } },
          `${path} ${status}`,
        )
      }
    }
    assert.deepEqual(Object.keys(paths['/health/live']?.['get']?.responses ?? {}), ['200'])
  })

  test('what is let through is neither demanded nor excluded', async () => {
    const policies = {
      age: { outOfRange: 'warn', missing: 'impute', value: 40 },
      town: { unknownLevel: 'impute', value: 3 },
    } as const
    const { components } = await readDocument({ predictor: { ...predictor, policies } })
    for (const name of ['OnePrediction', 'ManyPredictions']) {
      assert.ok('warnings' in components.schemas[name]!.properties)
    }
    const { required, properties } = components.schemas['Row'] ?? assert.fail()
    assert.deepEqual(required, ['late', 'town'])
    assert.deepEqual(properties['age'], {
      type: ['integer', 'null'],
      description: 'years (an integer from 18 to 100; outOfRange: warn; missing: impute)',
    })
    assert.deepEqual(properties['town'], {
      type: 'number',
      description: 'one of -1, 0, 3, 8; unknownLevel: impute',
    })
  })

  test('rows by entity are documented where there is a store', async () => {
    const features: FeatureReader = {
      entities: { client: { type: 'integer', min: 1 } },
      columns: ['age'],
      read: () => ({ values: {}, absent: {} }),
    }
    const { components } = await readDocument({ features })
    const { required, properties } = components.schemas['EntityRow'] ?? assert.fail()
    assert.deepEqual(required, ['late', 'town', 'entity'])
    assert.deepEqual(properties['entity'], {
      type: 'object',
      properties: { client: { type: 'integer', minimum: 1 } },
      required: ['client'],
    })
    assert.ok(!('EntityRow' in (await readDocument()).components.schemas))
  })
})
