import { ToolkitError } from '../../core/errors.ts'
import { openPredictionLog } from '../prediction-log/read-log-store.ts'
import type { LogView } from './log-view-store.ts'

/**
 * The log of one model with all that has been written until now, until it is disposed; `undefined` while there is none.
 *
 * @param root - of all logs
 * @param options.now - milliseconds since 1970
 */
export async function openLogView(
  root: string,
  options: { readonly model: string; readonly now: number },
): Promise<(LogView & Disposable) | undefined> {
  try {
    const log = await openPredictionLog(root, options)
    return {
      database: log.database,
      relation: 'predictions',
      columns: new Set(log.columns),
      [Symbol.dispose]: () => log[Symbol.dispose](),
    }
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'FILE_MISSING') return undefined
    throw error
  }
}
