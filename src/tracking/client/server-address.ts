/** The address of a tracking server, and what is shown to it: secrets go to that server alone and into no message. */

import { ToolkitError } from '../../core/errors.ts'
import { decodePercent } from '../../core/percent-encoding.ts'

/** Who asks. */
export interface GivenCredentials {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** Sent with the password as `Authorization: Basic`. */
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** Where a server is, and who its address says is asking. */
export interface ServerPlace {
  /** Without user, password and trailing slash. */
  readonly uri: string
  readonly username: string
  readonly password: string
}

/** @throws {ToolkitError} `TRACKING_INVALID` when it is no address of HTTP */
export function parseServerUri(text: string): ServerPlace {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `'${hideSecrets(text)}' is no address of a tracking server`,
      {
        hint: 'write http://host:port or https://host/prefix',
      },
    )
  }
  return {
    uri: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    username: decodePercent(url.username),
    password: decodePercent(url.password),
  }
}

/** Without user and password. */
export function hideSecrets(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, '//')
}

/** The header for what was given, or else for what stands in the address; `undefined` for neither. */
export function authorization(options: GivenCredentials, place: ServerPlace): string | undefined {
  const { token, username = place.username, password = place.password } = options
  if (token !== undefined && token !== '') return `Bearer ${token}`
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** What is shown to a server. */
export interface Credentials {
  /** Of the server that they are for. */
  readonly uri: string
  /** The header. */
  readonly value: string | undefined
}

/** Artifacts may lie on another server: what this one is told is none of its business. */
export function credentialsFor(
  address: string,
  { uri, value }: Credentials,
): Record<string, string> {
  const isOwn = new URL(address).origin === new URL(uri).origin
  return value === undefined || !isOwn ? {} : { authorization: value }
}
