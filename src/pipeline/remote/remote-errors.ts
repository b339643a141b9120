/** The errors of remotes. None of them shows a key, a token or a URL with a password. */

import { ToolkitError } from '../../core/errors.ts'

/** An object that a remote does not have. */
export function missingObject(key: string, place: string): ToolkitError {
  return new ToolkitError('REMOTE_OBJECT_MISSING', `there is no '${key}' in ${place}`, {
    hint: 'push it from a machine that has it',
    details: { key, place },
  })
}

/** An object of a remote whose content is not what its name says. */
export function damagedObject(
  key: string,
  place: string,
  { expected, actual }: { readonly expected: string; readonly actual: string },
): ToolkitError {
  const message = `'${key}' in ${place} is damaged: its MD5 is ${actual}`
  return new ToolkitError('REMOTE_OBJECT_DAMAGED', message, {
    hint: 'delete it there and push it again from a machine that has it',
    details: { key, place, expected, actual },
  })
}

/** An object of the cache whose content is not what its name says. */
export function damagedSource(path: string, expected: string, actual: string): ToolkitError {
  const message = `the cache's object '${path}' is damaged: its MD5 is ${actual}`
  return new ToolkitError('CACHE_OBJECT_DAMAGED', message, {
    hint: 'delete it, then fetch it or run its stage again',
    details: { path, expected, actual },
  })
}

/**
 * A URL without the name and password that can stand in it. The mere name of an `ssh` user stays, which lets nobody in;
 * what stands alone before other hosts may be a token.
 */
export function withoutPassword(url: string): string {
  return /^ssh:\/\/[^/@:]*@/i.test(url) ? url : url.replace(/^(\w[\w+.-]*:\/\/)[^/@]*@/, '$1')
}
