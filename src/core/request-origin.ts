/** Whom the server answers: a page elsewhere must not reach it through a visitor's browser. */

/** What of a request decides whether it is answered. */
export interface RequestHead {
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Whether the Host header names this server: a loopback name or one of `allowed`,
 * with any port. A page that rebinds its own name to 127.0.0.1 fails here, unless '*' allows every name.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase()
  if (name === undefined) return false
  if (name === 'localhost' || name === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)) {
    return true
  }
  return allowed.some(
    (known) => known === '*' || known.toLowerCase() === name || `[${known}]` === name,
  )
}

/**
 * Whether a request that could change something comes from a page of another origin; programs send none. The browser's own
 * word counts first, for a proxy may change the Host header, or leave its port out.
 */
export function isForeignOrigin({ method, headers }: RequestHead): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false
  if (headers['sec-fetch-site'] === 'same-origin') return false
  if (headers['sec-fetch-site'] === 'cross-site') return true
  const { origin, host } = headers
  if (origin === undefined) return false
  return !URL.canParse(String(origin)) || new URL(String(origin)).host !== host
}
