import { withoutPassword } from '../../pipeline/remote/remote-errors.ts'
import type { ConfigValue } from '../../pipeline/config/config-document.ts'

const secretOptions: ReadonlySet<string> = new Set([
  'account_key',
  'client_secret',
  'connection_string',
  'gdrive_client_secret',
  'oss_key_secret',
  'password',
  'sas_token',
  'secret_access_key',
  'session_token',
  'sse_customer_key',
  'token',
])

/**
 * The value of an option for a list of all: what lets somebody in is starred out, since lists are
 * pasted into questions. Whoever names the one option gets it.
 *
 * @param name - as it is listed: `remote.store.token`
 */
export function hideSecret(name: string, value: ConfigValue): ConfigValue {
  if (secretOptions.has(name.slice(name.lastIndexOf('.') + 1))) return '***'
  return typeof value === 'string' ? withoutPassword(value) : value
}
