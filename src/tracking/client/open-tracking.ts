import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ToolkitError } from '../../core/errors.ts'
import type { Tracking } from '../../core/tracking.ts'
import { stateFolder } from './spool-file.ts'

/** A tracker by its address. */
export interface OpenedTracking extends Tracking {
  /** The address of the server, or the absolute path of the store's folder. */
  readonly uri: string
  /** Where runs keep what is not stored yet; see `startRun`. */
  readonly spoolDirectory: string
}

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Who asks, and how patiently; of servers only. */
export interface OpenTrackingOptions {
  /**
   * Where MLFLOW_TRACKING_URI (when no URI is given), MLFLOW_TRACKING_TOKEN, _USERNAME and
   * _PASSWORD are looked up; `process.env` for most.
   */
  readonly environment?: Environment
  /** Before what the environment says. */
  readonly token?: string
  readonly username?: string
  readonly password?: string
  /** For each request to a server; 120,000 by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The folder of the embedded store when nobody names one. */
const defaultStore = '.mlpt'

/**
 * Opens the tracker at a URI: `http(s)://…` is a server, ours or MLflow's; a path or `file:` URI
 * is the folder of an embedded store, which needs no server.
 *
 * @param uri - without one, MLFLOW_TRACKING_URI of the environment, else the folder `.mlpt`
 * @throws {ToolkitError} `TRACKING_INVALID` for a URI of another kind, and as `openTrackingStore`
 */
export async function openTracking(
  uri?: string,
  options: OpenTrackingOptions = {},
): Promise<OpenedTracking> {
  const { environment = {} } = options
  const place = uri ?? (environment['MLFLOW_TRACKING_URI'] || defaultStore)
  if (/^https?:/i.test(place)) return openServer(place, options)
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(place) ?? []
  if (scheme !== undefined && scheme.toLowerCase() !== 'file') {
    throw new ToolkitError('TRACKING_INVALID', `'${place}' is no tracking URI`, {
      hint: 'write http://host:port for a server, or the path of a folder for a store',
    })
  }
  return openStore(scheme === undefined ? resolve(place) : fileURLToPath(place))
}

async function openServer(uri: string, options: OpenTrackingOptions): Promise<OpenedTracking> {
  const { openTrackingClient } = await import('./rest-client.ts')
  const { environment = {}, signal, timeoutMs } = options
  const client = openTrackingClient({
    uri,
    token: options.token ?? environment['MLFLOW_TRACKING_TOKEN'],
    username: options.username ?? environment['MLFLOW_TRACKING_USERNAME'],
    password: options.password ?? environment['MLFLOW_TRACKING_PASSWORD'],
    signal,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  return { ...client, spoolDirectory: stateFolder(client.uri) }
}

async function openStore(directory: string): Promise<OpenedTracking> {
  const { openTrackingStore } = await import('../store/sqlite-store.ts')
  const store = await openTrackingStore({ directory })
  return { ...store, uri: directory, spoolDirectory: join(directory, 'spool') }
}
