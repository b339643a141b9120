/** Where an object lies below a cache or a remote: the same path in both. */

/** The name of an object. */
export interface ObjectId {
  /** 32 hexadecimal digits; a folder's manifest ends in `.dir`. */
  readonly md5: string
  /** Recorded by DVC 2: the MD5 is of text with its line ends made `\n`. */
  readonly isLegacy: boolean
}

/** Below this lie the objects of DVC 3. */
export const objectPrefix = 'files/md5/'
/** Below this lies the run cache. */
export const runPrefix = 'runs/'

/** The path of an object, with forward slashes. */
export function objectKey({ md5, isLegacy }: ObjectId): string {
  return `${isLegacy ? '' : objectPrefix}${md5.slice(0, 2)}/${md5.slice(2)}`
}

/** The object at a path; `undefined` for anything else. */
export function parseObjectKey(key: string): ObjectId | undefined {
  const match = /^(files\/md5\/)?([0-9a-f]{2})\/([0-9a-f]{30}(?:\.dir)?)$/.exec(key)
  if (match === null) return undefined
  return { md5: `${match[2]}${match[3]}`, isLegacy: match[1] === undefined }
}

/** Whether an object is the list of a folder's files. */
export function isManifest({ md5 }: Pick<ObjectId, 'md5'>): boolean {
  return md5.endsWith('.dir')
}

/** Whether a path is an entry of the run cache: `runs/ab/<64 digits>/<64 digits>`. */
export function isRunKey(key: string): boolean {
  const match = /^runs\/([0-9a-f]{2})\/([0-9a-f]{64})\/[0-9a-f]{64}$/.exec(key)
  return match?.[2]?.startsWith(match[1] ?? '') === true
}
