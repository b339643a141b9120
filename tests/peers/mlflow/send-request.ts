/** Sends requests to one server, and makes its answers comparable with those of another. */

import { ask } from '../../tracking/serve-store.ts'
import type { RestRequest } from './rest-request.ts'

export interface ComparableAnswer {
  readonly status: number
  /** MLflow's code of an error. */
  readonly code: string | undefined
  /** Of a success: ids and times are replaced by labels. */
  readonly body: unknown
}

/** Remembers what answers gave, for later requests. */
export function createSender(address: string): (request: RestRequest) => Promise<ComparableAnswer> {
  const kept = new Map<string, string>()
  const fill = (text: string): string =>
    text.replaceAll(/\$[A-Z]+/g, (name) => kept.get(name) ?? name)
  return async ({ method, path, message, keep }) => {
    const text = fill(typeof message === 'string' ? message : JSON.stringify(message))
    const url = `/api/2.0/mlflow/${fill(path)}`
    const headers = { 'content-type': 'application/json' }
    const answer =
      method === 'GET'
        ? await ask(address, `${url}?${new URLSearchParams(JSON.parse(text))}`)
        : await ask(address, url, { method, headers, body: text })
    if (keep !== undefined) kept.set(keep[0], String(find(answer.json, keep[1])))
    return toComparable(answer, kept)
  }
}

function find(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((at: unknown, name) => (at as Record<string, unknown> | undefined)?.[name], value)
}

function toComparable(
  { status, json }: { readonly status: number; readonly json: { error_code?: string } | undefined },
  kept: ReadonlyMap<string, string>,
): ComparableAnswer {
  // MLflow has a second word for a missing field, in some places.
  const code = json?.error_code === 'BAD_REQUEST' ? 'INVALID_PARAMETER_VALUE' : json?.error_code
  if (status !== 200) return { status, code, body: undefined }
  let text = JSON.stringify(json)
  for (const [name, value] of kept) if (value.length > 5) text = text.replaceAll(value, name)
  text = text.replaceAll(/\b1[5-9]\d{11}\b/g, '"time"').replaceAll(/\b[0-9a-f]{32}\b/g, 'id')
  return { status, code: undefined, body: JSON.parse(text, simplify) as unknown }
}

/** Tokens are opaque, pairs have no order, and we have no workspaces. */
function simplify(name: string, value: unknown): unknown {
  if (name === 'workspace') return undefined
  if (name === 'next_page_token') return 'token'
  if (!['metrics', 'params', 'tags'].includes(name) || !Array.isArray(value)) return value
  const keyOf = (pair: unknown): string => String((pair as { key?: unknown }).key)
  return value.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0))
}
