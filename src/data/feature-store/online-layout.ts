/** Where in a stored fact the features of a view stand: a fact has them as they were named when it was brought. */

import { ToolkitError } from '../../core/errors.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Fields } from '../../core/schema.ts'
import type { FeatureView } from './feature-view.ts'
import { typesOf } from './view-manifest.ts'

/** What stored facts were made of. */
export interface FactOrigin {
  /** In the order of the stored cells. */
  readonly names: readonly string[]
  /** Of the appends. */
  readonly hash: string
  /** The definition, as text and type by feature; absent in what older versions have stored. */
  readonly definition?: {
    readonly entities: string
    readonly features: Readonly<Record<string, string>>
  }
}

/** The origin of facts that are brought by the definition of today. */
export function originOfView(view: FeatureView, hash: string): string {
  const definition = {
    entities: typesOf(view.entities),
    features: Object.fromEntries(typesByName(view.features)),
  }
  return JSON.stringify([Object.keys(view.features), hash, definition])
}

function typesByName(fields: Fields): (readonly [string, string])[] {
  return Object.entries(fields).map(([name, { type }]) => [name, type])
}

/** What {@link originOfView} wrote; `undefined` for any other text. */
export function parseOrigin(text: string): FactOrigin | undefined {
  const value = parseJsonText(text)
  if (!Array.isArray(value)) return undefined
  const [names, hash, definition]: unknown[] = value
  if (!isTexts(names) || typeof hash !== 'string') return undefined
  if (definition === undefined) return { names, hash }
  if (!isObject(definition) || typeof definition['entities'] !== 'string') return undefined
  const { entities, features } = definition
  if (!isObject(features) || !isTexts(Object.values(features))) return undefined
  const types = Object.fromEntries(
    Object.entries(features).map(([name, type]) => [name, String(type)]),
  )
  return { names, hash, definition: { entities, features: types } }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === 'string')
}

/**
 * The place of each feature among the stored cells, -1 where the facts were brought before the view had it.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when the facts are of other entities, or a feature of them is of another type
 */
export function placesOf(
  view: FeatureView,
  { names, definition }: FactOrigin,
): ReadonlyMap<string, number> {
  const entities = typesOf(view.entities)
  const problems = [
    ...(definition === undefined || definition.entities === entities
      ? []
      : [`entities: ${definition.entities}, now ${entities}`]),
    ...typesByName(view.features).flatMap(([name, type]) => {
      const before = definition && ownMember(definition.features, name)
      return before === undefined || before === type ? [] : [`'${name}': ${before}, now ${type}`]
    }),
  ]
  if (problems.length > 0) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `the online store has facts of another definition of feature view '${view.name}': ${problems.join('; ')}`,
      { hint: "bring the facts of today's definition: run 'mlpt features materialize'" },
    )
  }
  return new Map(Object.keys(view.features).map((name) => [name, names.indexOf(name)]))
}
