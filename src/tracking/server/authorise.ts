/** Who may do what: by a token, or by an address that was signed for one request. */

import type { TokenStore, Token } from '../store/tokens-store.ts'
import { answer, type ErrorAnswer } from './error-answers.ts'
import type { Permission } from './route.ts'
import { isSigned } from './signed-address.ts'

/** What a request shows. */
export interface Credentials {
  readonly method: string
  /** Percent-encoded, without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  /** The header. */
  readonly authorization: string | undefined
  /** Where it comes from. */
  readonly address: string
}

export interface AuthoriserOptions {
  readonly tokens: TokenStore
  /** Also as long as there is none. */
  readonly requiresToken: boolean
  readonly signingKey: () => Uint8Array
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export type Verdict =
  | { readonly kind: 'allowed'; readonly userId: string | undefined }
  | { readonly kind: 'refused'; readonly answer: ErrorAnswer }

export type Authorise = (
  credentials: Credentials,
  permission: Permission | 'public',
) => Promise<Verdict>

const rank: Readonly<Record<Permission, number>> = { read: 1, write: 2, admin: 3 }

/**
 * From the first token on every request needs one, but for `public`. A server that has wanted
 * one goes on to, so that revoking the last token opens nothing.
 */
export function createAuthoriser(options: AuthoriserOptions): Authorise {
  const { tokens, requiresToken, signingKey, clock } = options
  const failures = createFailureCount(clock)
  let wantsToken = requiresToken
  return async (credentials, permission) => {
    const { query, address } = credentials
    if (query['signature'] !== undefined) {
      const method = credentials.method === 'HEAD' ? 'GET' : credentials.method
      const signature = { expires: query['expires'], signature: query['signature'] }
      const isOurs = isSigned({ method, path: credentials.path }, signature, {
        key: signingKey(),
        now: clock(),
      })
      return isOurs ? { kind: 'allowed', userId: undefined } : refused(notSigned)
    }
    wantsToken ||= await tokens.hasTokens()
    if (permission === 'public' || !wantsToken) {
      return { kind: 'allowed', userId: undefined }
    }
    const secret = parseSecret(credentials.authorization)
    if (secret === undefined) return refused(noToken)
    const token = await tokens.findToken(secret)
    if (token !== undefined) return judge(token, permission)
    return refused(failures.add(address) > mostFailures ? tooManyFailures : unknownToken)
  }
}

function judge({ name, role }: Token, permission: Permission): Verdict {
  if (rank[role] >= rank[permission]) return { kind: 'allowed', userId: name }
  return refused(
    answer(403, 'PERMISSION_DENIED', `the token '${name}' may ${role}; this needs '${permission}'`),
  )
}

function refused(why: ErrorAnswer): Verdict {
  return { kind: 'refused', answer: why }
}

const noToken = answer(
  401,
  'UNAUTHENTICATED',
  'this server wants a token: send it as Bearer, or as the password of any user (MLFLOW_TRACKING_TOKEN)',
)
const unknownToken = answer(401, 'UNAUTHENTICATED', 'this token is not known, or was revoked')
const notSigned = answer(403, 'PERMISSION_DENIED', 'the signed address is not ours, or is over')
const tooManyFailures = answer(
  429,
  'REQUEST_LIMIT_EXCEEDED',
  'too many unknown tokens from this address; wait a minute',
)

/** `Bearer TOKEN`, or `Basic` with the token as password: the user's name does not matter. */
export function parseSecret(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +([\w.~+/=-]+) *$/i.exec(authorization ?? '') ?? []
  if (scheme === undefined || value === undefined) return undefined
  if (scheme.toLowerCase() === 'bearer') return value
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : text.slice(colon + 1)
}

const mostFailures = 20
const windowMs = 60_000
/** More addresses than these are not told apart from new ones. */
const mostAddresses = 10_000

/** Counts what went wrong per address and minute. */
function createFailureCount(clock: () => number): { add(address: string): number } {
  const counts = new Map<string, number>()
  let windowStart = 0
  return {
    add: (address) => {
      if (clock() - windowStart >= windowMs || counts.size >= mostAddresses) {
        counts.clear()
        windowStart = clock()
      }
      const count = (counts.get(address) ?? 0) + 1
      counts.set(address, count)
      return count
    },
  }
}
