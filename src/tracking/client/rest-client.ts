/** The tracking contract over MLflow's REST API: of our server, or of a real `mlflow server`. */

import type { Tracking } from '../../core/tracking.ts'
import { createArtifactClient } from './artifacts-client.ts'
import { openConnection, type ConnectionOptions } from './connection-client.ts'
import { createExperimentClient } from './experiments-client.ts'
import { createLoggedModelClient } from './logged-models-client.ts'
import { createRegistryClient } from './registry-client.ts'
import { createRunClient } from './runs-client.ts'

/** Where the server is, who asks, and how patiently. */
export type TrackingClientOptions = ConnectionOptions

/** A tracker behind HTTP. */
export interface TrackingClient extends Tracking {
  /** The server's address, without user, password and trailing slash. */
  readonly uri: string
}

/**
 * A client of a tracking server. Nothing is sent before the first call; requests that were
 * refused for a moment (429, 5xx, a broken connection) are repeated with growing waits, unless
 * that could do their work twice.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` when the URI is no address of HTTP. The methods also
 *   throw `TRACKING_SERVER_FAILED` when the server does not answer, `TRACKING_FORBIDDEN`,
 *   and `INTERRUPTED` after an abort.
 */
export function openTrackingClient(options: TrackingClientOptions): TrackingClient {
  const aborter = new AbortController()
  const { signal = aborter.signal } = options
  const both = AbortSignal.any([signal, aborter.signal])
  const connection = openConnection({ ...options, signal: both })
  const experiments = createExperimentClient(connection)
  const artifacts = createArtifactClient(connection)
  return {
    uri: connection.uri,
    ...experiments,
    ...createRunClient(connection, experiments),
    ...artifacts,
    ...createLoggedModelClient(connection),
    ...createRegistryClient(connection, artifacts),
    [Symbol.asyncDispose]: async () => {
      aborter.abort()
      connection[Symbol.dispose]()
    },
  }
}
