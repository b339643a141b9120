/** Counting by kind: how a copy proves that nothing was left behind. */

/** What is counted, in the order of the table. */
export const countedKinds = [
  'experiments',
  'runs',
  'params',
  'tags',
  'metric points',
  'datasets',
  'model links',
  'artifact files',
  'logged models',
  'model metrics',
  'registered models',
  'model versions',
  'aliases',
  'stages',
] as const

export type CountedKind = (typeof countedKinds)[number]

/** How many of each kind; a kind that is absent counts 0. */
export type Counts = Readonly<Partial<Record<CountedKind, number>>>

/** One line of the proof. */
export interface CountedLine {
  readonly kind: CountedKind
  /** In the source, among what was chosen. */
  readonly found: number
  readonly copied: number
  readonly alreadyThere: number
  /** How many of those found the target has in the end, counted there; in a dry run, what it has now. */
  readonly present: number
}

/** A running sum over many items. */
export interface Tally {
  /** @param before - what of the found was there before; @param after - what is there now */
  add(item: { readonly found: Counts; readonly before: Counts; readonly after: Counts }): void
  lines(): readonly CountedLine[]
}

export function createTally(): Tally {
  const sums = new Map<CountedKind, { found: number; before: number; after: number }>()
  return {
    add: (item) => {
      for (const kind of countedKinds) {
        const sum = sums.get(kind) ?? { found: 0, before: 0, after: 0 }
        sums.set(kind, {
          found: sum.found + (item.found[kind] ?? 0),
          before: sum.before + (item.before[kind] ?? 0),
          after: sum.after + (item.after[kind] ?? 0),
        })
      }
    },
    lines: () =>
      countedKinds.map((kind) => {
        const { found, before, after } = sums.get(kind) ?? { found: 0, before: 0, after: 0 }
        return { kind, found, copied: after - before, alreadyThere: before, present: after }
      }),
  }
}

/** Whether every kind counts the same. */
export function isSameCounts(a: Counts, b: Counts): boolean {
  return countedKinds.every((kind) => (a[kind] ?? 0) === (b[kind] ?? 0))
}
