/** One endpoint of MLflow's API, as data: the server, its permissions and its OpenAPI document are made of these. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TrackingStore } from '../store/sqlite-store.ts'
import type { TokenRole } from '../store/tokens-store.ts'
import type { Fields, Values } from './fields.ts'
import type { WebhookSender } from '../webhooks/webhook-client.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What somebody must be allowed to do to use an endpoint. */
export type Permission = TokenRole

/** What an endpoint works with. */
export interface RouteContext {
  readonly store: TrackingStore
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Whose token it is; `undefined` where the server wants none. */
  readonly userId: string | undefined
  readonly webhookSender: WebhookSender
  /** Of one file, or one part of it. */
  readonly maxArtifactBytes: number
  /** An address of this server, as the client calls it, that lets one request in without a token. */
  readonly signAddress: (target: AddressTarget) => string
}

export interface AddressTarget {
  readonly method: string
  /** Percent-encoded, without a query. */
  readonly path: string
  /** How long it is good for. */
  readonly seconds: number
}

/** Parameters in, the JSON message out. */
export interface Route {
  readonly methods: readonly Method[]
  /**
   * Below `/api/2.0/mlflow/` and `/ajax-api/2.0/mlflow/`; `:name` is a field that stands in the path,
   * `*` the field `artifact_path`.
   */
  readonly path: string
  readonly permission: Permission
  /** One line for the API's page. */
  readonly summary: string
  readonly fields: Fields
  readonly answer: (values: Values<Fields>, context: RouteContext) => Promise<Answer>
}

/** Nothing is a message without members. */
export type Answer = object | JsonPieces | void

/** The text of a JSON message in pieces, for answers that are too long to be made at once. */
export interface JsonPieces {
  readonly jsonPieces: Iterable<string>
}

/** Gives the values of `answer` the types of `fields`. */
export function route<F extends Fields>(
  definition: Omit<Route, 'fields' | 'answer'> & {
    readonly fields: F
    readonly answer: (values: Values<F>, context: RouteContext) => Promise<Answer>
  },
): Route {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server reads the values by these fields
  return definition as unknown as Route
}

/** An endpoint whose body or answer is not a JSON message: files, and what MLflow answers in other shapes. */
export interface RawRoute {
  readonly methods: readonly Method[]
  /** Below `/api/2.0/` and `/ajax-api/2.0/`, in Fastify's syntax: `mlflow-artifacts/artifacts/*`. From `/` on it is whole. */
  readonly path: string
  readonly permission: Permission
  readonly summary: string
  /** What stands in the query and the path, for the API's page. */
  readonly fields?: Fields
  /** The request's body is a stream that nobody has read; `undefined` when there is none. */
  readonly handle: (exchange: Exchange, context: RouteContext) => Promise<unknown>
}

export interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}
