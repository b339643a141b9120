/** The key of an entity as words of a command. */

import { InvalidArgumentError } from 'commander'
import { ownMember } from '../../core/own-member.ts'
import type { Field } from '../../core/schema.ts'
import type { FeatureView } from '../../data/feature-store/feature-view.ts'
import type { EntityKey } from '../../data/feature-store/online-values.ts'

/** Values by the name of their entity, as they are written. */
export type EntityTexts = Readonly<Record<string, string>>

/** Adds one name=value to those before. */
export function parseEntity(text: string, before: EntityTexts = {}): EntityTexts {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('write name=value, such as ID=1.')
  }
  if (Object.hasOwn(before, name)) {
    throw new InvalidArgumentError(`'${name}' is given twice.`)
  }
  return { ...before, [name]: value }
}

/** By the type of the entity: whole numbers of any size, other numbers, 0 and 1 also for false and true; all else is what is written. */
export function readKey(
  { entities }: Pick<FeatureView, 'entities'>,
  texts: EntityTexts,
): EntityKey {
  const entries = Object.entries(texts).map(
    ([name, text]) => [name, parseValue(text, ownMember(entities, name)?.type)] as const,
  )
  return Object.fromEntries(entries)
}

function parseValue(text: string, type: Field['type'] | undefined): EntityKey[string] {
  if (type === 'boolean') return ownMember(truths, text) ?? text
  if (type === 'integer') return /^-?\d+$/.test(text) ? BigInt(text) : text
  const isNumber = type === 'category' || type === 'number'
  return isNumber && numberPattern.test(text) ? Number(text) : text
}

const numberPattern = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
const truths: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false }
