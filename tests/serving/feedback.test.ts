import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import type { Feedback, PredictionLogWriter } from '../../src/core/prediction-log.ts'
import type { ScoredRows } from '../../src/core/scored-rows.ts'
import type { ModelOutput } from '../../src/core/predictor.ts'
import { decodeFeedback } from '../../src/serving/feedback.ts'
import { feedbackOperations, feedbackSchemas } from '../../src/serving/openapi/feedback.ts'
import { assertProblem, row, serveModel } from './serve-model.ts'

interface FeedbackPath {
  readonly post: {
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': {
          readonly examples: Readonly<Record<'one' | 'many', { readonly value: unknown }>>
        }
      }
    }
  }
}

describe('POST /feedback', () => {
  test('one label and many are handed to the log, as they were sent', async () => {
    const log = keepLog()
    await using server = await serveModel({ predictionLog: log })
    const one = { id: 'a.3', label: 1 }
    const many = [{ id: 'a', label: 0, time: 1_764_412_800_000 }, one]
    assert.deepEqual((await server.post('/feedback', one)).json, { accepted: 1 })
    assert.deepEqual((await server.post('/feedback', { rows: many })).json, { accepted: 2 })
    assert.deepEqual(log.feedback, [one, ...many])
  })

  test('all that is wrong is told, by its place', async () => {
    const log = keepLog()
    await using server = await serveModel({ predictionLog: log })
    const rows = [
      { id: 'a', label: '1' },
      { id: '', label: 1 },
      { label: null, time: 1.5 },
      { id: 'x'.repeat(201), label: 1, tme: 3 },
      7,
      { id: 'half \ud800', label: 1 },
      { id: 'fine', label: 1 },
    ]
    const answer = assertProblem(
      await server.post('/feedback', { rows, more: 1 }),
      422,
      'REQUEST_INVALID',
    )
    const errors = answer.json['errors'] as { pointer: string; hint?: string }[]
    assert.deepEqual(
      errors.map(({ pointer }) => pointer),
      '/more /rows/0/label /rows/1/id /rows/2/id /rows/2/label /rows/2/time /rows/3/tme /rows/3/id /rows/4 /rows/5/id'.split(
        ' ',
      ),
    )
    assert.equal(errors[6]!.hint, "did you mean 'time'?")
    assert.deepEqual(log.feedback, [])
  })

  test('a label is what the model can be right with', () => {
    const refusal = (output: ModelOutput, label: unknown, taken?: number): unknown => {
      try {
        const [feedback] = decodeFeedback({ id: 'a', label }, { rows: 1, output })
        assert.equal(feedback?.label, taken ?? label)
        return undefined
      } catch (error) {
        assert.ok(error instanceof ToolkitError)
        return /expected (.*?)(?:, got|$)/.exec(error.message)?.[1] ?? error.message
      }
    }
    const texts: ModelOutput = { kind: 'classes', classes: ['ash', 'oak'] }
    const numbers: ModelOutput = { kind: 'classes', classes: [3, 7] }
    assert.deepEqual(
      [0, 1].map((label) => refusal({ kind: 'probability' }, label)),
      [undefined, undefined],
    )
    assert.match(String(refusal({ kind: 'probability' }, 0.5)), /0 or 1/)
    assert.match(String(refusal({ kind: 'probability' }, 2)), /0 or 1/)
    assert.equal(refusal({ kind: 'value' }, 0.5), undefined)
    assert.equal(refusal(texts, 1), undefined)
    assert.match(String(refusal(texts, 2)), /a class: 'ash' or 0, 'oak' or 1$/)
    assert.equal(refusal(texts, 'oak', 1), undefined)
    assert.match(String(refusal(texts, 'Oak')), /'oak' or 1/)
    assert.match(String(refusal(texts, true)), /'oak' or 1/)
    assert.equal(refusal({ kind: 'probability' }, true, 1), undefined)
    assert.match(String(refusal({ kind: 'probability' }, 'true')), /false or true/)
    const named: ModelOutput = { kind: 'probability', classes: ['stayed', 'left'] }
    assert.equal(refusal(named, 'left', 1), undefined)
    assert.match(String(refusal(named, false)), /'stayed' or 0, 'left' or 1/)
    const coded: ModelOutput = { kind: 'probability', classes: [2, 1] }
    assert.equal(refusal(coded, 1, 1), undefined)
    assert.equal(refusal(coded, 2, 0), undefined)
    assert.match(String(refusal(coded, 0)), /^2, 1$/)
    assert.match(String(refusal({ kind: 'value' }, true)), /a number/)
    assert.equal(refusal(numbers, 7), undefined)
    assert.match(String(refusal(numbers, 1)), /a class: 3, 7/)
  })

  test('every label that the API describes is taken', () => {
    const outputs: readonly ModelOutput[] = [
      { kind: 'probability' },
      { kind: 'probability', classes: ['stayed', 'left'] },
      { kind: 'probability', classes: [3, 7] },
      { kind: 'value' },
      { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
      { kind: 'classes', classes: [3, 7] },
    ]
    for (const output of outputs) {
      const limits = { rows: 9, output }
      const { Feedback: one } = feedbackSchemas(limits) as {
        Feedback: { properties: { label: { enum?: readonly unknown[] } } }
      }
      const { examples } = (feedbackOperations(limits)['/feedback'] as FeedbackPath).post
        .requestBody.content['application/json']
      const listed = one.properties.label.enum ?? [0.5]
      assert.equal(new Set(listed).size, listed.length)
      const rows = listed.map((label) => ({ id: 'a', label }))
      for (const body of [{ rows }, examples.one.value, examples.many.value]) {
        assert.doesNotThrow(() => decodeFeedback(body, limits))
      }
    }
  })

  test('too many labels are refused, and so is a list of none, a list, text and a page of another origin', async () => {
    await using server = await serveModel({ predictionLog: keepLog(), limits: { rows: 2 } })
    const one = { id: 'a', label: 1 }
    for (const body of [{ rows: [one, one, one] }, { rows: [] }, [one], null, 'null']) {
      assertProblem(await server.post('/feedback', body), 422, 'REQUEST_INVALID')
    }
    assertProblem(await server.post('/feedback', '{"id": '), 400, 'REQUEST_MALFORMED')
    const foreign = { origin: 'http://evil.example' }
    assertProblem(await server.post('/feedback', one, foreign), 403, 'REQUEST_FORBIDDEN')
    assertProblem(await server.send('/feedback'), 405, 'REQUEST_METHOD_UNSUPPORTED')
  })

  test('wants the token that /predict wants', async () => {
    await using server = await serveModel({
      predictionLog: keepLog(),
      tokenHashes: ['0'.repeat(64)],
    })
    assertProblem(
      await server.post('/feedback', { id: 'a', label: 1 }),
      401,
      'REQUEST_UNAUTHENTICATED',
    )
  })

  test('labels that cannot be written are refused, to be sent again', async () => {
    const failing = {
      ...keepLog(),
      addFeedback: () => Promise.reject(new ToolkitError('FILE_WRITE_FAILED', 'disk full')),
    }
    await using server = await serveModel({ predictionLog: failing })
    const answer = await server.post('/feedback', { id: 'a', label: 1 })
    assertProblem(answer, 503, 'REQUEST_REFUSED')
    assert.equal(answer.headers['retry-after'], '10')
    assert.doesNotMatch(answer.text, /disk/)
  })

  test('without a log there is no such path, and no such operation', async () => {
    await using server = await serveModel()
    assertProblem(
      await server.post('/feedback', { id: 'a', label: 1 }),
      404,
      'REQUEST_PATH_UNKNOWN',
    )
    const { paths } = (await server.send('/openapi.json')).json as { paths: object }
    assert.equal('/feedback' in paths, false)
  })

  test('the document shows requests that are answered as it says', async () => {
    await using server = await serveModel({ predictionLog: keepLog() })
    const { paths } = (await server.send('/openapi.json')).json as {
      paths: {
        '/feedback': {
          post: {
            requestBody: {
              content: { 'application/json': { examples: Record<string, { value: unknown }> } }
            }
          }
        }
      }
    }
    const { examples } = paths['/feedback'].post.requestBody.content['application/json']
    const answers = Object.values(examples).map(({ value }) => server.post('/feedback', value))
    assert.deepEqual(
      (await Promise.all(answers)).map(({ json }) => json),
      [{ accepted: 1 }, { accepted: 2 }],
    )
  })

  test('whatever is sent is taken whole or refused as invalid', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ rows: fc.array(fc.jsonValue()) })),
        (body) => {
          try {
            for (const { id, label } of decodeFeedback(body, {
              rows: 5,
              output: { kind: 'value' },
            })) {
              assert.ok(id !== '' && Number.isFinite(label))
            }
          } catch (error) {
            assert.ok(error instanceof ToolkitError && error.code === 'REQUEST_INVALID')
          }
        },
      ),
    )
  })
})

describe('a server with a prediction log', () => {
  test('tells it of every row, under the ids that it answers', async () => {
    const log = keepLog()
    await using server = await serveModel({ predictionLog: log })
    const { json } = await server.post('/predict', { rows: [row, row] })
    const [first] = json['predictions'] as { id: string }[]
    assert.equal(`${log.scored[0]!.requestId}.0`, first!.id)
    const single = await server.post('/predict', row)
    assert.equal(log.scored[1]!.requestId, single.json['id'])
  })

  test('tells Prometheus what became of the rows', async () => {
    await using server = await serveModel({ predictionLog: keepLog() })
    for (let look = 0; look < 2; look++) {
      const { text } = await server.send('/metrics')
      assert.match(text, /^mlpt_prediction_log_rows_total 5$/m)
      assert.match(text, /^mlpt_prediction_log_dropped_total 2$/m)
      assert.match(text, /^mlpt_prediction_log_bytes_total 700$/m)
      assert.match(text, /^mlpt_prediction_log_faults_total 1$/m)
    }
  })
})

function keepLog(): PredictionLogWriter & {
  readonly scored: ScoredRows[]
  readonly feedback: Feedback[]
} {
  const scored: ScoredRows[] = []
  const feedback: Feedback[] = []
  return {
    scored,
    feedback,
    observe: (rows) => void scored.push(rows),
    addFeedback: (labels) => Promise.resolve(void feedback.push(...labels)),
    counts: () => ({ rows: 5, droppedRows: 2, bytes: 700, faults: 1 }),
  }
}
