/** One request to MLflow's REST API, and the ways to write many. */

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/2.0/mlflow/`; `$NAME` stands for what an earlier answer gave. */
  readonly path: string
  /** Query of a GET, body of the others; a text is sent as it is. */
  readonly message: object | string
  /** Keeps a value of the answer: a name, and where it stands. */
  readonly keep?: readonly [string, string]
}

type Message = RestRequest['message']

export function get(path: string, ...messages: readonly object[]): RestRequest[] {
  return messages.map((message) => ({ method: 'GET', path, message }))
}

export function post(path: string, ...messages: readonly Message[]): RestRequest[] {
  return messages.map((message) => ({ method: 'POST', path, message }))
}

export function change(
  method: 'PATCH' | 'DELETE',
  path: string,
  ...messages: readonly Message[]
): RestRequest[] {
  return messages.map((message) => ({ method, path, message }))
}

/** A tag or a param. */
export const pair = { key: 'k', value: 'v' }
export const run = { run_id: '$RUN', run_uuid: '$RUN' }
