import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeInput, type InputField } from '../../../src/core/input-field.ts'
import { codeTexts, findKnownTexts } from '../../../src/data/expressions/code-texts.ts'
import { toFunction, type Row } from '../../../src/data/expressions/to-function.ts'
import { addFeatures } from '../../../src/data/expressions/to-onnx.ts'
import { createNodeCollector } from '../../../src/model/index.ts'
import { rows, servedExpressions } from './random-expressions.ts'

const name = 'a "text"'

test('expressions of numbers that stand for texts are those of the texts', () => {
  fc.assert(
    fc.property(servedExpressions, fc.array(rows), (expression, table) => {
      const known = findKnownTexts([expression])
      const coded = codeTexts({ made: expression }, known)['made']!
      const field: InputField = { type: 'text', known: known.get(name) ?? [], nullable: true }
      const code = (row: Row): Row => {
        const number = encodeInput(field, row[name])!
        return { ...row, [name]: Number.isNaN(number) ? null : number }
      }
      assert.deepEqual(
        table.map(code).map(toFunction(coded)),
        table.map((row) => toFunction(expression)(row)),
      )
    }),
  )
})

test('and no look-up of texts is left in their graph', () => {
  fc.assert(
    fc.property(servedExpressions, (expression) => {
      const coded = codeTexts({ made: expression }, findKnownTexts([expression]))
      const graph = createNodeCollector()
      const used: string[] = []
      const applyMl: typeof graph.applyMl = (operator, ...rest) => {
        used.push(operator)
        return graph.applyMl(operator, ...rest)
      }
      addFeatures({ ...graph, applyMl }, coded, (column) => column.name)
      assert.deepEqual(used, [])
    }),
  )
})
