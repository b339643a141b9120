import { ToolkitError } from '../../core/errors.ts'

/** Checks that lists have one number for each row. @throws {ToolkitError} `SHAPE_MISMATCH` */
export function checkLengths(lists: Readonly<Record<string, ArrayLike<number> | undefined>>): void {
  const [[firstName, first] = ['', undefined], ...others] = Object.entries(lists)
  for (const [name, list] of others) {
    if (list === undefined || list.length === first?.length) continue
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `'${firstName}' has ${first?.length ?? 0} numbers but '${name}' ${list.length}`,
      { hint: 'pass one number per row in each' },
    )
  }
}

/** Every number that is not finite, as a sentence with its row (from 0). */
export function numberProblems(
  lists: Readonly<Record<string, ArrayLike<number> | undefined>>,
): string[] {
  return Object.entries(lists).flatMap(([name, list]) =>
    problemsOf(
      list,
      Number.isFinite,
      (value, row) => `row ${row}: '${name}' is ${value}, expected a finite number`,
    ),
  )
}

/** Every scale that is not above 0, as a sentence with its row (from 0). */
export function scaleProblems(scales: ArrayLike<number> | undefined): string[] {
  return problemsOf(
    scales,
    (scale) => scale > 0 && scale < Infinity,
    (scale, row) => `row ${row}: the scale is ${scale}, expected a finite number above 0`,
  )
}

function problemsOf(
  list: ArrayLike<number> | undefined,
  isFine: (value: number) => boolean,
  describe: (value: number, row: number) => string,
): string[] {
  return Array.from(list ?? [], (value, row) =>
    isFine(value) ? [] : [describe(value, row)],
  ).flat()
}
