/** Where an object lies below a cache or a remote: the same path in both. */

import { objectPath, type ObjectName } from '../cache/object-path.ts'

/** Below this lie the objects of DVC 3. */
export const objectPrefix = 'files/md5/'
/** Below this lies the run cache. */
export const runPrefix = 'runs/'

/** The path of an object, with forward slashes. */
export function objectKey(name: ObjectName): string {
  return objectPath('', name).slice(1)
}

/** The object at a path; `undefined` for anything else. */
export function parseObjectKey(key: string): ObjectName | undefined {
  const match = /^(files\/md5\/)?([0-9a-f]{2})\/([0-9a-f]{30}(?:\.dir)?)$/.exec(key)
  if (match === null) return undefined
  return { md5: `${match[2]}${match[3]}`, isLegacy: match[1] === undefined }
}

/** Whether an object is the list of a folder's files. */
export function isManifest({ md5 }: Pick<ObjectName, 'md5'>): boolean {
  return md5.endsWith('.dir')
}

/** The MD5 that an object's content has, without what tells a manifest. */
export function digestOf({ md5 }: Pick<ObjectName, 'md5'>): string {
  return md5.slice(0, 32)
}

/** Whether a path is an entry of the run cache: `runs/ab/<64 digits>/<64 digits>`. */
export function isRunKey(key: string): boolean {
  const match = /^runs\/([0-9a-f]{2})\/([0-9a-f]{64})\/[0-9a-f]{64}$/.exec(key)
  return match?.[2]?.startsWith(match[1] ?? '') === true
}
