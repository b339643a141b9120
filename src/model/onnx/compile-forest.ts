import type { Forest, ForestScorer } from './forest.ts'
import { formatForest } from './forest-source.ts'
import { walkForest } from './walk-forest.ts'

/** How a model may be made ready to score. */
export interface CompileOptions {
  /**
   * Whether trees may become generated code, which is several times as fast as walking them; true unless told.
   * Where code may not be generated (a page whose content security policy lacks 'unsafe-eval', Cloudflare's workers)
   * they are walked anyway; false spares such a page the report of the attempt.
   */
  readonly mayGenerateCode?: boolean
}

/** Makes a forest ready to score; both ways of it give the same bits. */
export function compileForest(forest: Forest, options: CompileOptions = {}): ForestScorer {
  const source = options.mayGenerateCode === false ? undefined : formatForest(forest)
  if (source === undefined) return walkForest(forest)
  try {
    // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-type-assertion -- formatForest writes nothing but numbers of typed arrays into it
    return new Function(source)() as ForestScorer
  } catch {
    return walkForest(forest) // The engine may not generate code, or not so much of it.
  }
}
