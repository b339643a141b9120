/** What MLServer and KServe's SDK answered was recorded by record.py; ours are the same but where this file says why not. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { isObject } from '../../../src/core/json.ts'
import { sendRequest, serveModel } from '../serve-model.ts'

interface Question {
  readonly name: string
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown
  /** Bytes of tensors behind the JSON, in base64. */
  readonly tail?: string
}

/** As record.py writes it. */
interface Answer {
  readonly status: number
  readonly body: unknown
  readonly tailBytes?: number
}

/** Where we answer otherwise than a server, by what it does; docs/serving.md says why. */
const differences: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  mlserver: {
    'passes over outputs that are asked for': ['infer an output that is none'],
    'has no binary tensors': ['half precision in bytes', 'bytes out', 'all bytes out'],
    'passes over a length that lies': lengths(),
    "takes -1 for numpy's 'as many as there are'": ['a shape of a negative size'],
  },
  kserve: {
    'knows no versions': [
      'metadata of a version',
      'ready of a version',
      'metadata of another version',
      'infer of a version',
      'infer of another version',
    ],
    'refuses half precision in JSON': ['half precision in JSON'],
    'passes over a length that lies': lengths(),
    "takes -1 for numpy's 'as many as there are'": ['a shape of a negative size'],
    'says of explanations that they are to be written': ['v1: explain'],
    'says 404 of a method': ['v1: predict by GET'],
  },
}

function lengths(): readonly string[] {
  return [
    'a length of the JSON that is longer than the body',
    'a length of the JSON that is no number',
  ]
}

for (const server of ['mlserver', 'kserve'] as const) {
  describe(`what ${server} was asked`, () => {
    const [, ...recorded] = readLines<Answer & { readonly name: string }>(`${server}.jsonl`)
    const questions = new Map(readLines<Question>('questions.jsonl').map((one) => [one.name, one]))
    const ours = new Map<string, Answer>()
    before(async () => {
      const faults: unknown[] = []
      await using served = await serveModel({
        modelVersion: '3',
        onInternalError: (error) => faults.push(error),
      })
      for (const { name } of recorded) ours.set(name, await ask(served.port, questions.get(name)!))
      assert.deepEqual(faults, [])
    })

    test('is answered with its status, and with a body of its shape, but where it is said why not', () => {
      const unlike = recorded.filter((theirs) => {
        const own = ours.get(theirs.name)!
        return !isAlike(theirs, own) && !isOfFrame(theirs, own)
      })
      assert.deepEqual(
        unlike.map(({ name }) => name).sort(),
        Object.values(differences[server]!).flat().sort(),
      )
    })

    test('is refused in the shape of the protocol wherever it is refused', () => {
      for (const [name, { status, body }] of ours) {
        assert.ok(status < 500 || status === 501, name)
        if (status >= 400) assert.deepEqual(body, { error: 'string' }, name)
      }
    })
  })
}

function readLines<Line>(name: string): readonly Line[] {
  const text = readFileSync(join(import.meta.dirname, name), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

async function ask(port: number, question: Question): Promise<Answer> {
  const { method = 'GET', path, body, tail } = question
  const head = Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''))
  const bytes = Buffer.concat([head, Buffer.from(tail ?? '', 'base64')])
  const headers = {
    'content-type': tail === undefined ? 'application/json' : 'application/octet-stream',
    ...(tail !== undefined && { 'inference-header-content-length': String(head.length) }),
    ...question.headers,
  }
  const answer = await sendRequest(port, path, { method, headers, body: bytes })
  const size = answer.headers['inference-header-content-length']
  const text = size === undefined ? answer.text : answer.text.slice(0, Number(size))
  return {
    status: answer.status,
    body: text === '' ? 'nothing' : shapeOf(JSON.parse(text)),
    ...(size !== undefined && { tailBytes: Buffer.byteLength(answer.text) - Number(size) }),
  }
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0]), value.length]
  if (!isObject(value)) return value === null ? 'null' : typeof value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shapeOf(member)] as const),
  )
}

function isAlike(theirs: Answer, ours: Answer): boolean {
  return (
    theirs.status === ours.status &&
    theirs.tailBytes === ours.tailBytes &&
    isAlikeShape(theirs.body, ours.body)
  )
}

/**
 * What both servers do by the framework below them, and we do as the protocol says: a crash, an error that is no
 * `{"error"}`, a probe without a body.
 */
function isOfFrame(theirs: Answer, ours: Answer): boolean {
  if (theirs.status === 500) return ours.status === 400 || ours.status === 200
  if (theirs.body === 'nothing') return theirs.status === ours.status
  const isFrameworkError = isObject(theirs.body) && Object.hasOwn(theirs.body, 'detail')
  return isFrameworkError && ours.status === (theirs.status === 422 ? 400 : theirs.status)
}

/** Which the protocol lets a server leave out, or which are about the server. */
const optional = new Set(['id', 'model_version', 'parameters', 'properties', 'versions'])

function isAlikeShape(theirs: unknown, ours: unknown, name = ''): boolean {
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    // How many extensions and dimensions there are is the server's and the model's.
    // What a prediction of the first version is, the model says.
    if (name === 'predictions') return theirs[1] === ours[1]
    const isSameLength = name !== 'data' || theirs[1] === ours[1]
    const isEmpty = theirs.length === 0 || ours.length === 0
    return isSameLength && (isEmpty || isAlikeShape(theirs[0], ours[0]))
  }
  if (!isObject(theirs) || !isObject(ours)) return theirs === ours
  return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].every(
    (member) => optional.has(member) || isAlikeShape(theirs[member], ours[member], member),
  )
}
