/** What every operation may answer before it is looked at: to whom the server does not know, and when it has too much to do. */

import { json, reference, type Json } from './parts.ts'
import { problemMediaType } from '../http/problem.ts'

/** What the server's gate may refuse. */
export interface GateDescription {
  /** Whether a token opens the server. */
  readonly hasTokens: boolean
  /** Whether an address may send so many requests a second only. */
  readonly hasRate: boolean
  readonly isProbe: (path: string) => boolean
}

/** The operations by path, with the refusals of the gate where they have none of their own; probes pass it always. */
export function addRefusals(paths: Json, gate: GateDescription): Json {
  return mapValues(paths, (path, operations) =>
    gate.isProbe(path)
      ? operations
      : mapValues(asObject(operations), (_method, operation) =>
          addToOperation(asObject(operation), refusalsOf(path, gate), gate),
        ),
  )
}

function addToOperation(operation: Json, refusals: Json, { hasTokens }: GateDescription): Json {
  const responses = { ...refusals, ...asObject(operation['responses']) }
  return { ...operation, responses, ...(hasTokens && { security: [{ token: [] }] }) }
}

/** The way in which tokens are shown. */
export const tokenScheme: Json = { token: { type: 'http', scheme: 'bearer' } }

function refusalsOf(path: string, { hasTokens, hasRate }: GateDescription): Json {
  const refuse = (description: string, header?: string): Json => ({
    description,
    ...(header !== undefined && {
      headers: { [header]: { required: true, schema: { type: 'string' } } },
    }),
    content: contentOf(path),
  })
  return {
    ...(hasTokens && {
      401: refuse('There is no token that the server knows.', 'WWW-Authenticate'),
    }),
    403: refuse('A page of another origin sent it, or to a host that the server does not know.'),
    ...(hasRate && { 429: refuse('This address sends too fast.', 'Retry-After') }),
    503: refuse('The server has as much to do as it can.', 'Retry-After'),
  }
}

/** An error in the shape of the path's protocol. */
function contentOf(path: string): Json {
  if (/^\/v[12](?:\/|$)/.test(path)) return json(reference('InferenceError'))
  if (path === '/invocations' || path === '/version') return json(reference('InvocationError'))
  return { [problemMediaType]: { schema: reference('Problem') } }
}

function mapValues(object: Json, map: (name: string, value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(name, value)]))
}

/** Operations and responses are objects: this program wrote them. */
function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
