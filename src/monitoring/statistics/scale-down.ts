/**
 * Numbers whose squares and differences float64 can hold: where one is beyond 10¹⁴⁴, all are divided by `unit`.
 *
 * @param values - ascending
 * @returns the values themselves and the unit 1, or smaller ones and a power of two
 */
export function scaleDown(values: Float64Array): {
  readonly values: Float64Array
  readonly unit: number
} {
  const greatest = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0))
  if (greatest <= 2 ** 480) return { values, unit: 1 }
  return { values: values.map((value) => value * 2 ** -560), unit: 2 ** 560 }
}
