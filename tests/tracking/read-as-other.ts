/** Reads a store that it may not write, and tells what it finds; for `read-only-store.test.ts`. */

import { ToolkitError } from '../../src/core/errors.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { probeStore } from '../../src/tracking/store/probe-store.ts'

const nobody = 65_534
const directory = process.argv[2]!

// What root may do nobody can forbid. By now all code is loaded, wherever it lies.
if (process.getuid?.() === 0) {
  process.setgid?.(nobody)
  process.setuid?.(nobody)
}
probeStore(directory)
await using store = await openTrackingStore({ directory })

/** The version of the champion, and what a change of it says. */
async function look(): Promise<{ readonly version: string; readonly refusal: string }> {
  const champion = await store.findModelVersion('credit', 'champion')
  const refusal = await store
    .setModelAlias('credit', 'champion', { version: '1', reason: '', timestamp: 5 })
    .then(() => 'none')
    .catch((error: unknown) => (error instanceof ToolkitError ? error.code : String(error)))
  return { version: champion?.version ?? '', refusal }
}

for await (const line of process.stdin.setEncoding('utf8')) {
  if (String(line).trim() === 'end') break
  process.stdout.write(`${JSON.stringify(await look())}\n`)
}
