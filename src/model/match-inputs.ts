/**
 * The inputs of a model by the columns that they are for: each of the column's name, or of what skl2onnx makes of it,
 * which has no blanks and no points: 'marital status' is its 'marital_status', and '2nd' is '_2nd'.
 *
 * @param columns - names, in the order in which the model was exported
 * @returns only columns that have one
 */
export function matchInputs<Input extends { readonly name: string }>(
  columns: readonly string[],
  inputs: readonly Input[],
): ReadonlyMap<string, Input> {
  const names = new Set(columns)
  const free = new Map(inputs.filter(({ name }) => !names.has(name)).map((one) => [one.name, one]))
  const byName = new Map(inputs.map((input) => [input.name, input]))
  const matched = new Map<string, Input>()
  for (const column of columns) {
    const name = cleanName(column)
    // Of columns that are alike then, the second has a 1 behind its name.
    const found = [name, ...[...free.keys()].filter((key) => isNumbered(key, name))]
    const input = byName.get(column) ?? free.get(found.find((key) => free.has(key)) ?? '')
    if (input === undefined) continue
    free.delete(input.name)
    matched.set(column, input)
  }
  return matched
}

function cleanName(column: string): string {
  const name = column.replaceAll(/[^\p{L}\p{N}_+]/gu, '_')
  return /^[0-9]/.test(name) ? `_${name}` : name
}

function isNumbered(name: string, start: string): boolean {
  return name.startsWith(start) && /^\d+$/.test(name.slice(start.length))
}
