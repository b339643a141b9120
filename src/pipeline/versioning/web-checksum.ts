import { createHash } from 'node:crypto'

/** What a web server says of a file. */
export interface WebFile {
  /** As it was asked for. */
  readonly address: string
  /** Where it was found in the end. */
  readonly finalAddress: string
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
}

/** The size that the server gives, unless the content is compressed on the way. */
export function sizeOf({ headers }: WebFile): number | undefined {
  const encoding = headers.get('content-encoding') ?? ''
  const length = headers.get('content-length')
  const isPlain = encoding === '' || encoding === 'identity'
  return isPlain && length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

/**
 * What DVC records of a file on a web server, and compares to see whether it changed: its ETag,
 * else its Content-MD5, else a number made of all that the server says of it.
 */
export function checksumOfWebFile(file: WebFile): string {
  const { headers } = file
  return headers.get('etag') || headers.get('content-md5') || describedChecksum(file)
}

/** The MD5 of Python's text for what fsspec knows of the file, as a decimal number. */
function describedChecksum(file: WebFile): string {
  const { headers } = file
  const entries: [string, string][] = [
    ['name', pythonText(file.address)],
    ['size', String(sizeOf(file) ?? 'None')],
  ]
  const type = headers.get('content-type')
  if (type !== undefined) entries.push(['mimetype', pythonText(type.split(';')[0]!)])
  if (headers.get('accept-ranges') === 'none') entries.push(['partial', 'False'])
  entries.push(['url', pythonText(file.finalAddress)])
  for (const name of ['Digest', 'Last-Modified']) {
    const value = headers.get(name.toLowerCase())
    if (value !== undefined && value !== '') entries.push([name, pythonText(value)])
  }
  entries.push(['type', pythonText('file')])
  const text = entries.map(([key, value]) => `'${key}': ${value}`).join(', ')
  const hash = createHash('md5').update(`({${text}},)`).digest('hex')
  return BigInt(`0x${hash}`).toString()
}

function pythonText(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\')
  if (!text.includes("'")) return `'${escaped}'`
  return text.includes('"') ? `'${escaped.replaceAll("'", "\\'")}'` : `"${escaped}"`
}
