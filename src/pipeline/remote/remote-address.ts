import { isAbsolute } from 'node:path'

/** Whether a remote is told by where it is, `s3://bucket/path` or an absolute path, not by its name in the settings. */
export function isAddress(text: string): boolean {
  return isAbsolute(text) || /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
}
