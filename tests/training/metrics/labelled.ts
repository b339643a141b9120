import fc from 'fast-check'

export interface Labelled {
  readonly target: number[]
  readonly probability: number[]
}

/** Rows of both classes with probabilities in eighths, so that ties are common and maps of them exact. */
export function labelled(): fc.Arbitrary<Labelled> {
  const row = fc.record({
    label: fc.integer({ min: 0, max: 1 }),
    eighths: fc.integer({ min: 0, max: 8 }),
  })
  return fc.array(row, { maxLength: 40 }).map((rows) => ({
    target: [0, 1, ...rows.map(({ label }) => label)],
    probability: [0.25, 0.75, ...rows.map(({ eighths }) => eighths / 8)],
  }))
}
