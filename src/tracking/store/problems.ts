/** What is wrong with keys, texts and times, in MLflow's words; all of it is told at once. */

import { posix } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'

/** Of a key of a param, metric or tag: it has so many characters at most. */
const longestKey = 250

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function check(problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new ToolkitError('TRACKING_INVALID', [...new Set(problems)].join('; '), {
    details: { problems },
  })
}

/**
 * Of a key of a param, metric or tag.
 *
 * @param name - what a key that is too long is called
 */
export function keyProblems(key: string, path: string, name: string): string[] {
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(key)) return [invalid(path, key, badCharacters)]
  const normal = posix.normalize(key).replace(/(?<=.)\/$/, '')
  if (normal !== key || normal === '.' || normal.startsWith('..') || normal.startsWith('/')) {
    return [
      invalid(
        path,
        key,
        `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
      ),
    ]
  }
  return textProblems(name, key, longestKey)
}

const badCharacters =
  'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).'

/** Of a text that is stored: its characters and its length. */
export function textProblems(what: string, text: string, limit: number): string[] {
  // Half a surrogate pair cannot be stored as UTF-8: it would come back as another character.
  if (!text.isWellFormed() || text.includes('\0')) {
    return [`'${what}' holds characters that are no text`]
  }
  // Code points are what MLflow counts; no text has more of them than UTF-16 units.
  if (text.length <= limit || Array.from(text).length <= limit) return []
  return [`'${what}' exceeds the maximum length of ${limit} characters`]
}

/** Of milliseconds since 1970. */
export function timeProblems(path: string, time: number): string[] {
  return isTime(time)
    ? []
    : [invalid(path, time, 'expected milliseconds since 1970 as a nonnegative integer')]
}

/** Milliseconds since 1970. */
export function isTime(time: number): boolean {
  return Number.isSafeInteger(time) && time >= 0
}

/** A value that is none, and why. */
export function invalid(path: string, value: unknown, why: string): string {
  const shown = JSON.stringify(value)?.slice(0, 300)
  return `Invalid value ${shown} for parameter '${path}' supplied: ${why}`
}
