/** Secrets as they lie in the store: Fernet tokens, as MLflow keeps those of its webhooks. */

import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'

/** Of a key: 16 bytes sign, 16 encrypt. */
export const secretKeyBytes = 32

const version = 0x80
const ivBytes = 16
const headBytes = 1 + 8 + ivBytes
const macBytes = 32

/**
 * Encrypts and signs a text: AES-128-CBC and HMAC-SHA256, as [Fernet] says.
 *
 * @param key - {@link secretKeyBytes} bytes
 * @param once - 16 random bytes, and the time in milliseconds since 1970, which anyone can read
 */
export function encryptSecret(
  key: Uint8Array,
  text: string,
  once: { readonly iv: Uint8Array; readonly time: number },
): string {
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(version)
  head.writeBigUInt64BE(BigInt(Math.floor(once.time / 1000)), 1)
  head.set(once.iv, 1 + 8)
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), once.iv)
  const signed = Buffer.concat([head, cipher.update(text, 'utf8'), cipher.final()])
  return toBase64Url(Buffer.concat([signed, macOf(key, signed)]))
}

/** The text of a token; `undefined` when it was made with another key, or changed. */
export function decryptSecret(key: Uint8Array, token: string): string | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length < headBytes + macBytes || bytes[0] !== version) return undefined
  const signed = bytes.subarray(0, -macBytes)
  if (!timingSafeEqual(macOf(key, signed), bytes.subarray(-macBytes))) return undefined
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), signed.subarray(9, headBytes))
  return Buffer.concat([decipher.update(signed.subarray(headBytes)), decipher.final()]).toString(
    'utf8',
  )
}

/**
 * The key as MLflow's `MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY` holds it: base64 of 32 bytes.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, without telling the text
 */
export function parseSecretKey(text: string): Uint8Array {
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length === secretKeyBytes && /^[\w+/-]{43}=?$/.test(text.trim())) return key
  throw new ToolkitError(
    'TRACKING_INVALID',
    `the key for the secrets of webhooks is no base64 of ${secretKeyBytes} bytes`,
    { hint: `make one: node -p "crypto.randomBytes(32).toString('base64url')"` },
  )
}

function macOf(key: Uint8Array, signed: Uint8Array): Buffer {
  return createHmac('sha256', key.subarray(0, 16)).update(signed).digest()
}

/** With padding, as Python wants it. */
function toBase64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}
