import { ToolkitError } from '../../core/errors.ts'
import type { Schema } from '../../core/schema.ts'
import { expectationTypes, type ExpectationTypes } from '../expectations/catalogue.ts'
import type { KwargsOf } from '../expectations/kwargs.ts'
import { isJsonObject, type JsonObject } from '../expectations/outcome.ts'
import { parseSuite } from '../expectations/parse-suite.ts'
import type { Suite } from '../expectations/suite.ts'
import { formatSuite } from '../expectations/write-suite.ts'
import { createExpected, type Expected, type ExpectedShare } from './expected.ts'
import { type MethodArguments, nameArguments } from './method-arguments.ts'
import { type BuildableType, type MethodName, nameMethod, type Subject } from './method-names.ts'

/** Every expectation of the catalogue, with the columns of a schema. */
export interface Expect<Column extends string> {
  column(name: Column): Methods<'column', Column>
  pair(a: Column, b: Column): Methods<'pair', Column>
  columns(names: readonly Column[]): Methods<'columns', Column>
  readonly table: Methods<'table', Column>
}

type Methods<S extends Subject, Column extends string> = {
  readonly [N in BuildableType as MethodName<N, S>]: Method<N, S, Column>
}

type Method<N extends BuildableType, S extends Subject, Column extends string> = (
  ...given: MethodArguments<Omit<KwargsOf<ExpectationTypes[N]['kwargs']>, Taken[S] | 'mostly'>>
) => 'mostly' extends keyof ExpectationTypes[N]['kwargs'] ? ExpectedShare<Column> : Expected<Column>

/** The arguments that a subject gives itself. */
interface Taken {
  readonly column: 'column'
  readonly pair: 'column_A' | 'column_B'
  readonly columns: 'column_list'
  readonly table: never
}

/**
 * Writes a suite whose columns and arguments the compiler checks against a
 * schema. The suite is the same as one of a file: `formatSuite` gives its JSON,
 * which Great Expectations reads.
 *
 * The main arguments are given by place (a lower and an upper limit, a set, a
 * pattern), the others by GX's name in a last object.
 *
 * @throws {ToolkitError} `SUITE_INVALID` with everything that is wrong at once, such as a lower limit above the upper one
 *
 * @example
 * ```ts
 * import { createSuite, defineSchema } from 'ml-pipeline-toolkit'
 * const schema = defineSchema({ age: { type: 'integer' }, sex: { type: 'category', levels: [1, 2] } })
 * const suite = createSuite(schema, 'people', (expect) => [
 *   expect.column('age').toBeBetween(18, 100).mostly(0.99).because('the law'),
 *   expect.column('sex').toBeInSet([1, 2]).severity('warning'),
 *   expect.table.rowCountToBeBetween(1),
 * ])
 * suite.expectations[0].kwargs // => { column: 'age', min_value: 18, max_value: 100, mostly: 0.99 }
 * ```
 */
export function createSuite<const S extends Schema>(
  schema: S,
  name: string,
  write: (expect: Expect<keyof S['fields'] & string>) => readonly Expected<string>[],
): Suite {
  const expectations = write(createExpect(Object.keys(schema.fields))).map(
    ({ expectation }) => expectation,
  )
  const suite: Suite = { name, expectations, meta: {} }
  const { problems = [] } = parseSuite(formatSuite(suite), name)
  if (problems.length === 0) return suite
  throw new ToolkitError('SUITE_INVALID', problems.map(({ message }) => message).join('\n'), {
    hint: problems.flatMap(({ hint }) => hint ?? []).join('; ') || undefined,
  })
}

function createExpect<Column extends string>(columns: readonly string[]): Expect<Column> {
  const check = (names: readonly string[]): void => {
    const unknown = names.filter((name) => !columns.includes(name))
    if (unknown.length === 0) return
    throw new ToolkitError('SUITE_INVALID', `the schema has no ${unknown.map(quote).join(', ')}`, {
      hint: `its columns are ${columns.map(quote).join(', ')}`,
    })
  }
  return {
    column: (name) => {
      check([name])
      return createMethods('column', { column: name })
    },
    pair: (a, b) => {
      check([a, b])
      return createMethods('pair', { column_A: a, column_B: b })
    },
    columns: (names) => {
      check(names)
      return createMethods('columns', { column_list: names })
    },
    table: createMethods('table', {}),
  }
}

function quote(name: string): string {
  return `'${name}'`
}

/** One method for each type of the catalogue about this subject. */
function createMethods<S extends Subject, Column extends string>(
  subject: S,
  subjectKwargs: JsonObject,
): Methods<S, Column> {
  const methods = [...expectationTypes.values()].flatMap(({ name, kwargs: schema }) => {
    const named = nameMethod(name)
    if (named?.subject !== subject) return []
    const method = (...given: readonly unknown[]): ExpectedShare<string> =>
      createExpected({
        type: name,
        kwargs: toJson({
          ...subjectKwargs,
          ...nameArguments(schema, given, Object.keys(subjectKwargs)),
        }),
        meta: {},
        severity: 'critical',
      })
    return [[named.method, method] as const]
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- methods and their types are derived from one catalogue by one rule
  return Object.fromEntries(methods) as unknown as Methods<S, Column>
}

function toJson(kwargs: object): JsonObject {
  const parsed: unknown = JSON.parse(JSON.stringify(kwargs))
  return isJsonObject(parsed) ? parsed : {}
}
