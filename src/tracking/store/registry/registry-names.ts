/** The registry's rules for names, versions, tags and texts, checked before anything is stored. */

import { ToolkitError } from '../../../core/errors.ts'
import {
  type ModelStage,
  modelStages,
  type Pairs,
  type RegistryChange,
} from '../../../core/tracking.ts'
import { check, keyProblems, textProblems, timeProblems } from '../problems.ts'

const limits = {
  modelName: 256,
  tagValue: 100_000,
  alias: 255,
  description: 100_000,
  reason: 10_000,
  link: 2000,
  userId: 256,
} as const

/** Stands for the highest version, in any case. */
export const latestAlias = 'latest'

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkModelName(name: string): void {
  check(modelNameProblems(name))
}

/** @throws {ToolkitError} `TRACKING_INVALID`, naming every problem at once. */
export function checkNewRegistryItem(item: {
  readonly name: string
  readonly description?: string | undefined
  readonly runLink?: string | undefined
  readonly tags?: Pairs | undefined
  readonly aliases?: readonly string[]
}): void {
  const tags = Object.entries(item.tags ?? {})
  check([
    ...modelNameProblems(item.name),
    ...textProblems('description', item.description ?? '', limits.description),
    ...textProblems('run_link', item.runLink ?? '', limits.link),
    ...tags.flatMap(([key, value]) => tagProblems(key, value)),
    ...(item.aliases ?? []).flatMap(aliasProblems),
  ])
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkRegistryTag(key: string, value: string): void {
  check(tagProblems(key, value))
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkDescription(description: string): void {
  check(textProblems('description', description, limits.description))
}

/** What could be an alias, though it may be reserved. @throws {ToolkitError} `TRACKING_INVALID` */
export function checkAliasText(alias: string): void {
  check(aliasTextProblems(alias))
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkAlias(alias: string): void {
  check(aliasProblems(alias))
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function checkChange(change: RegistryChange): void {
  check([
    ...timeProblems('timestamp', change.timestamp),
    ...textProblems('reason', change.reason ?? '', limits.reason),
    ...textProblems('user_id', change.userId ?? '', limits.userId),
  ])
}

/** A version as text ('3') as a number, or `undefined` when the text is none. */
export function parseVersion(text: string): number | undefined {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined
}

/** Any integer, also one that no version has. @throws {ToolkitError} `TRACKING_INVALID` */
export function readVersion(text: string): number {
  if (/^-?[0-9]{1,15}$/.test(text)) return Number(text)
  throw new ToolkitError(
    'TRACKING_INVALID',
    `Model version must be an integer, got '${text.slice(0, 100)}'`,
  )
}

/** A stage in any case. @throws {ToolkitError} `TRACKING_INVALID` */
export function parseStage(text: string): ModelStage {
  const stage = modelStages.find((known) => known.toLowerCase() === text.toLowerCase())
  if (stage !== undefined) return stage
  throw new ToolkitError(
    'TRACKING_INVALID',
    `Invalid Model Version stage: ${text.slice(0, 100)}. Value must be one of ${modelStages.join(', ')}.`,
  )
}

function modelNameProblems(name: string): string[] {
  if (name.trim() === '') {
    return [
      `Missing value for required parameter 'name'. See the API docs for more information about request parameters.`,
    ]
  }
  if (/[/:]/.test(name)) return [`Invalid model name '${name}'. Names cannot contain '/' or ':'.`]
  if (name === '.' || name.startsWith('..')) {
    return [`Invalid model name '${name}'. Names are also names of folders.`]
  }
  return textProblems('name', name, limits.modelName)
}

function tagProblems(key: string, value: string): string[] {
  return [...keyProblems(key, 'key', 'key'), ...textProblems('value', value, limits.tagValue)]
}

function aliasProblems(alias: string): string[] {
  if (alias.toLowerCase() === latestAlias) {
    return [`'latest' alias name (case insensitive) is reserved.`]
  }
  if (/^v[0-9]+$/i.test(alias)) return [`Version alias name '${alias}' is reserved.`]
  return aliasTextProblems(alias)
}

function aliasTextProblems(alias: string): string[] {
  if (alias === '') return ['Registered model alias name cannot be empty.']
  if (!/^[\p{L}\p{N}_-]+$/u.test(alias)) {
    return [
      `Invalid alias name: '${alias}'. It may only hold letters, digits, underscores and dashes.`,
    ]
  }
  return textProblems('Registered model alias name', alias, limits.alias)
}
