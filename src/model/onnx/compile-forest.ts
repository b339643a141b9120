import type { Forest, ForestScorer } from './forest.ts'
import { formatForest } from './forest-source.ts'
import { walkForest } from './walk-forest.ts'
import { walkPlainForest } from './walk-plain-forest.ts'

/** How a model may be made ready to score. */
export interface CompileOptions {
  /**
   * Whether trees that test for equality may become generated code, which is nearly twice as fast as walking them for many rows;
   * true unless told. Other trees never need it.
   * Where code may not be generated (a page whose content security policy lacks 'unsafe-eval', Cloudflare's workers)
   * they are walked anyway; false spares such a page the report of the attempt.
   */
  readonly mayGenerateCode?: boolean
}

/**
 * From so many rows on, a tree that has come into the processor's cache as code is worth it. One row alone visits 200 trees
 * once each: as code they take 80 µs more of a request than as an array, whose loop is the same for all (bench/serving.ts).
 */
const fewestRowsForCode = 16

/** Makes a forest ready to score; all ways of it give the same bits. Code is generated when many rows first come. */
export function compileForest(forest: Forest, options: CompileOptions = {}): ForestScorer {
  const plain = walkPlainForest(forest)
  if (plain !== undefined) return plain
  const walk = walkForest(forest)
  if (options.mayGenerateCode === false) return walk
  let generated: ForestScorer | undefined
  return (values, rows, columns, sums) => {
    if (rows >= fewestRowsForCode) generated ??= generateCode(forest) ?? walk
    const score = rows >= fewestRowsForCode ? (generated ?? walk) : walk
    score(values, rows, columns, sums)
  }
}

function generateCode(forest: Forest): ForestScorer | undefined {
  const source = formatForest(forest)
  if (source === undefined) return undefined
  try {
    // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-type-assertion -- formatForest writes nothing but numbers of typed arrays into it
    return new Function(source)() as ForestScorer
  } catch {
    return undefined // The engine may not generate code, or not so much of it.
  }
}
