import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Problem } from '../../core/problem.ts'
import type { Fields } from '../../core/schema.ts'
import type { Feature } from '../../data/features.ts'

/** Where the score may only go as a feature rises. */
export type Direction = 'increasing' | 'decreasing'

/** What cannot be held: directions of what is no feature, or of categories, which have no order. */
export function findMonotoneProblems({
  monotone = {},
  features,
  derived = {},
  schema,
}: {
  readonly monotone?: Readonly<Record<string, Direction>>
  readonly features: object
  readonly derived?: object
  readonly schema: { readonly fields: Fields }
}): Problem[] {
  const names = [...Object.keys(features), ...Object.keys(derived)]
  return Object.entries(monotone).flatMap(([name, direction]): Problem[] => {
    if (!names.includes(name)) {
      return [
        {
          what: `'monotone' names '${name}', which is no feature`,
          hint: nameHint(name, names, 'features'),
        },
      ]
    }
    if (schema.fields[name]?.type === 'category') {
      return [{ what: `'monotone' names '${name}', a category`, hint: 'categories have no order' }]
    }
    if (direction === 'increasing' || direction === 'decreasing') return []
    return [
      {
        what: `'monotone.${name}' is ${JSON.stringify(direction)}`,
        hint: "expected 'increasing' or 'decreasing'",
      },
    ]
  })
}

/** The features, each with its direction where it has one. */
export function withDirections(
  features: readonly Feature[],
  monotone: Readonly<Record<string, Direction>> = {},
): readonly Feature[] {
  return features.map((feature) => {
    const direction = ownMember(monotone, feature.name)
    return direction === undefined ? feature : { ...feature, monotone: direction }
  })
}
