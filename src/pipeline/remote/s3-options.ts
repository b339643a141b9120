/** The settings of an S3 remote, by DVC's names, read into what a client needs. */

import { ToolkitError } from '../../core/errors.ts'
import { isAddress } from './remote-address.ts'
import { withoutPassword } from './remote-errors.ts'

/** Where and how objects are kept on S3. */
export interface S3Options {
  /** In the settings, or the address where nothing but it is known. */
  readonly name: string
  readonly bucket: string
  /** Below which all keys lie: empty, or with a `/` at its end. */
  readonly prefix: string
  /** `undefined` for Amazon's own. */
  readonly endpoint: string | undefined
  /** `undefined` for what the environment or the profile says. */
  readonly region: string | undefined
  readonly profile: string | undefined
  readonly credentials: S3Credentials | undefined
  /** Requests are not signed. */
  readonly isAnonymous: boolean
  readonly usesTls: boolean
  /** `false` trusts any certificate; a text is the path of the authorities' file. */
  readonly verifies: boolean | string
  /** Files that stand in for `~/.aws/credentials` and `~/.aws/config`. */
  readonly credentialsPath: string | undefined
  readonly configPath: string | undefined
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  readonly jobs: number
  /** Fields of every upload: encryption and access. */
  readonly uploadFields: Readonly<Record<string, string>>
  /** Fields of every read: the key of objects that the customer encrypts. */
  readonly readFields: Readonly<Record<string, string>>
}

/** How TLS is checked. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean
  readonly ca?: Buffer
}

/** Keys that sign requests. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

const defaultTimeoutMs = 60_000

/**
 * Reads the options of a remote whose URL starts with `s3://`.
 *
 * @throws {ToolkitError} `CONFIG_INVALID`
 */
export function readS3Options(
  name: string,
  options: ReadonlyMap<string, string>,
  jobs: number,
): S3Options {
  const { bucket, prefix } = parseS3Url(name, options.get('url') ?? '')
  return {
    name,
    bucket,
    prefix,
    endpoint: readEndpoint(name, options.get('endpointurl')),
    region: options.get('region'),
    profile: options.get('profile'),
    credentials: readCredentials(name, options),
    isAnonymous: isTrue(options.get('allow_anonymous_login')),
    usesTls: options.get('use_ssl')?.toLowerCase() !== 'false',
    verifies: readVerification(options.get('ssl_verify')),
    credentialsPath: options.get('credentialpath'),
    configPath: options.get('configpath'),
    connectTimeoutMs: readSeconds(options.get('connect_timeout')),
    readTimeoutMs: readSeconds(options.get('read_timeout')),
    jobs,
    ...readFields(name, options),
  }
}

function parseS3Url(
  name: string,
  url: string,
): { readonly bucket: string; readonly prefix: string } {
  const match = /^s3:\/\/([^/]+)\/*(.*?)\/*$/is.exec(withoutPassword(url))
  if (match === null) throw invalid(name, `its URL '${withoutPassword(url)}' names no bucket`)
  const [, bucket = '', path = ''] = match
  return { bucket, prefix: path === '' ? '' : `${path}/` }
}

function readEndpoint(name: string, address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const { protocol } = URL.parse(address) ?? {}
  if (protocol === 'http:' || protocol === 'https:') return address
  throw invalid(
    name,
    `its endpointurl '${withoutPassword(address)}' does not begin with http:// or https://`,
  )
}

function readCredentials(
  name: string,
  options: ReadonlyMap<string, string>,
): S3Credentials | undefined {
  const accessKeyId = options.get('access_key_id')
  const secretAccessKey = options.get('secret_access_key')
  const sessionToken = options.get('session_token')
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw invalid(name, "it has one of 'access_key_id' and 'secret_access_key', but not both")
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
}

function readVerification(text: string | undefined): boolean | string {
  const lower = text?.toLowerCase()
  if (text === undefined || lower === 'true') return true
  return lower === 'false' ? false : text
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true'
}

function readSeconds(text: string | undefined): number {
  return text === undefined ? defaultTimeoutMs : Number(text) * 1000
}

const uploadOptions: Readonly<Record<string, string>> = {
  sse: 'ServerSideEncryption',
  sse_kms_key_id: 'SSEKMSKeyId',
  acl: 'ACL',
  grant_read: 'GrantRead',
  grant_read_acp: 'GrantReadACP',
  grant_write_acp: 'GrantWriteACP',
  grant_full_control: 'GrantFullControl',
}

function readFields(
  name: string,
  options: ReadonlyMap<string, string>,
): Pick<S3Options, 'uploadFields' | 'readFields'> {
  const customerKey = options.get('sse_customer_key')
  const grants = [...options.keys()].filter((key) => key.startsWith('grant_'))
  if (customerKey !== undefined && options.has('sse_kms_key_id')) {
    throw invalid(name, "'sse_customer_key' and 'sse_kms_key_id' exclude each other")
  }
  if (options.has('acl') && grants.length > 0) {
    throw invalid(name, `'acl' and '${grants[0]}' exclude each other`)
  }
  const customer: Readonly<Record<string, string>> =
    customerKey === undefined
      ? {}
      : {
          SSECustomerAlgorithm: options.get('sse_customer_algorithm') ?? 'AES256',
          SSECustomerKey: customerKey,
        }
  const fields = Object.entries(uploadOptions).flatMap(([option, field]) => {
    const value = options.get(option)
    return value === undefined ? [] : [[field, value] as const]
  })
  return { uploadFields: { ...Object.fromEntries(fields), ...customer }, readFields: customer }
}

function invalid(name: string, problem: string): ToolkitError {
  return new ToolkitError('CONFIG_INVALID', `the remote '${name}' cannot be used: ${problem}`, {
    hint: isAddress(name)
      ? 'write s3://<bucket>/<path>'
      : `change it with: mlpt remote modify ${name}`,
    details: { name },
  })
}
