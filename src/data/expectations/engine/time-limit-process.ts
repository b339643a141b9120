import vm from 'node:vm'

/**
 * Runs a function and stops it when its time is over: V8 stops whatever runs
 * inside a `vm` call, a regular expression that backtracks without end too.
 *
 * @returns `undefined` when the time did not do
 */
export function runWithinTime<T>(run: () => T, timeMs: number): { readonly value: T } | undefined {
  let value: { readonly value: T } | undefined
  const keep = (): void => {
    value = { value: run() }
  }
  try {
    vm.runInNewContext('keep()', { keep }, { timeout: timeMs })
  } catch (error) {
    if (!isTimeout(error)) throw error
  }
  return value
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  )
}
