/** Keeps a busy server as small as an idle one. */

/** Garbage that may grow old before somebody looks: at 13,000 requests a second that of half a minute. */
const roomBytes = 12 * 1024 ** 2
const lookMs = 2_000

/**
 * Of each request some bytes happen to live through two collections of young objects, and are old then. V8 looks at those again when
 * they have become 60 MB and more, because a server that has just begun looks like a large one. Here it looks after 12 MB, or
 * half of what is in use; that takes 20 ms (decision 38).
 *
 * @returns ends it
 */
export function collectAsItGrows(): Disposable {
  let collect: (() => void) | undefined
  let leastBytes = usedBytes()
  const look = (): void => {
    if (usedBytes() > leastBytes + Math.max(roomBytes, leastBytes / 2)) {
      collect ??= fullCollection()
      collect()
      leastBytes = usedBytes()
    } else leastBytes = Math.min(leastBytes, usedBytes())
  }
  const timer = setInterval(look, lookMs).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** What of the heap is old, or too large ever to have been young. */
function usedBytes(): number {
  return process
    .getBuiltinModule('node:v8')
    .getHeapSpaceStatistics()
    .filter((space) => !space.space_name.includes('new'))
    .reduce((sum, space) => sum + space.space_used_size, 0)
}

/** V8's own, which it shows to contexts that begin when it is told to. */
function fullCollection(): () => void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
  const collect: unknown = process.getBuiltinModule('node:vm').runInNewContext('gc')
  return typeof collect === 'function' ? () => void collect() : () => undefined
}
