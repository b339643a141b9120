/** Random requests to an endpoint: shaped by its fields, and beside them. */

import fc from 'fast-check'
import type { Fields } from '../../src/tracking/server/fields.ts'
import type { Method } from '../../src/tracking/server/route.ts'
import type { Ask } from './serve-store.ts'

export interface RandomRequest {
  readonly path: string
  readonly options: Ask
}

export interface Target {
  readonly method: Method
  /** With `:names` and `*` in it. */
  readonly address: string
  readonly fields: Fields
}

type Schema = Readonly<Record<string, unknown>>

/** @param known - texts that stand for things that are there, so that requests get beyond the first check */
export function randomRequest(
  target: Target,
  known: readonly string[],
): fc.Arbitrary<RandomRequest> {
  const message = fc.oneof(
    { weight: 4, arbitrary: messageOf(target.fields, known) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...names(target)), fc.jsonValue()) },
  )
  const path = pathOf(target.address, known)
  if (target.method === 'GET') {
    return fc.record({ path, message }).map(({ path: start, message: query }) => ({
      path: `${start}?${toQuery(query)}`,
      options: {},
    }))
  }
  const { method } = target
  const body = fc.oneof(
    { weight: 6, arbitrary: message.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json() },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', '"{}"', '[]', 'null', '['.repeat(20_000), '{"a":1}}'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  )
  const contentType = fc.oneof(
    { weight: 8, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=x', '', 'a') },
  )
  return fc.record({ path, body, contentType }).map((made) => ({
    path: made.path,
    options: { method, headers: { 'content-type': made.contentType }, body: made.body },
  }))
}

/** Fields and, rarely, only some of them. */
function messageOf(fields: Fields, known: readonly string[]): fc.Arbitrary<object> {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, { schema }]) => [name, valueOf(schema, known)]),
  )
  return fc.oneof(
    { weight: 3, arbitrary: fc.record(properties) },
    { weight: 1, arbitrary: fc.record(properties, { requiredKeys: [] }) },
  )
}

function valueOf(schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary: fittingValue(schema, known) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    { weight: 1, arbitrary: fc.constantFrom(...oddValues) },
  )
}

function fittingValue(schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  const choices = (schema['enum'] ?? []) as readonly unknown[]
  if (choices.length > 0) return fc.constantFrom(...choices)
  const alternatives = (schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly Schema[]
  if (alternatives.length > 0)
    return fc.oneof(...alternatives.map((one) => fittingValue(one, known)))
  if (schema['type'] === 'integer') return fc.oneof(fc.nat(5), fc.maxSafeInteger())
  if (schema['type'] === 'number') return fc.double()
  if (schema['type'] === 'boolean') return fc.boolean()
  if (schema['type'] === 'array') {
    return fc.array(valueOf(schema['items'] as Schema, known), { maxLength: 3 })
  }
  if (schema['type'] === 'object') {
    const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
    return fc.record(
      Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, valueOf(inner, known)]),
      ),
    )
  }
  return textOf(known)
}

function textOf(known: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...known) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.constantFrom(...oddTexts) },
  )
}

const oddTexts = [
  '',
  ' ',
  '..',
  '../../etc/passwd',
  '/',
  '%2e%2e%2f',
  'a\u0000b',
  '\uD800',
  "'; DROP TABLE runs; --",
  '__proto__',
  'constructor',
  'NaN',
  '-1',
  '1e999',
  'x'.repeat(10_000),
  "metrics.a > 1 AND params.b = 'c'",
  '('.repeat(200),
  'metrics.`a',
]

const oddValues = [
  null,
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  1e308,
  true,
  '',
  [],
  {},
  [[]],
  [null],
  '1',
]

/** A path whose holes are filled with texts, encoded or, rarely, as they are. */
function pathOf(address: string, known: readonly string[]): fc.Arbitrary<string> {
  const holes = [...address.matchAll(/:\w+|\*/g)].map(() => hole(known))
  return fc.tuple(...holes).map((filled) => {
    let next = 0
    return address.replaceAll(/:\w+|\*/g, () => filled[next++]!)
  })
}

function hole(known: readonly string[]): fc.Arbitrary<string> {
  const raw = [
    '..',
    '%2e%2e',
    'a/../b',
    '%',
    '%ff',
    '%00',
    'a%2Fb',
    '',
    '.',
    'a//b',
    '%252e',
    ';',
    '~',
  ]
  return fc.oneof(
    { weight: 3, arbitrary: textOf(known).map((text) => encodeURIComponent(text.toWellFormed())) },
    { weight: 1, arbitrary: fc.constantFrom(...raw) },
  )
}

function toQuery(message: object): string {
  const pairs: [string, string][] = []
  for (const [name, value] of Object.entries(message) as [string, unknown][]) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      pairs.push([name, typeof one === 'string' ? one : (JSON.stringify(one) ?? '')])
    }
  }
  return new URLSearchParams(pairs).toString()
}

function names({ fields }: Target): readonly string[] {
  return [...Object.keys(fields), 'run_uuid', 'runId', '__proto__', 'nothing', 'constructor']
}
