import { formatError } from '../../core/errors.ts'
import {
  createServingApp,
  createWorkerMetrics,
  startServing,
  type roleOfProcess,
  type ServingOptions,
} from '../../serving/index.ts'
import type { ListenFlags } from '../flags/server-flags.ts'
import { toServingOptions, type ServingFlags } from '../flags/serving-flags.ts'
import { collectYoungAlone } from '../young-generation.ts'
import { collectAsItGrows } from './collect-garbage.ts'

/** Serves as the flags say until it is time to stop; then requests under way are finished first. */
export async function runServer(
  options: ServingOptions,
  run: {
    readonly flags: ListenFlags & ServingFlags
    readonly role: ReturnType<typeof roleOfProcess>
    readonly stop: () => Promise<void>
    /** Says once, for all workers, where the server listens. */
    readonly announce: (address: string) => void
  },
): Promise<void> {
  const { flags, role } = run
  collectYoungAlone()
  const app = createServingApp({
    ...options,
    ...toServingOptions(flags),
    ...(role !== 'only' && { metrics: createWorkerMetrics() }),
    onInternalError: (error, requestId) =>
      process.stderr.write(`${requestId}: ${formatError(error)}\n`),
  })
  await using server = await startServing(app, {
    host: flags.host,
    port: flags.port,
    ...(flags.drainTimeoutMs !== undefined && { drainLimitMs: flags.drainTimeoutMs }),
  })
  using _ = collectAsItGrows()
  if (role !== 'worker') run.announce(server.address)
  await run.stop()
  process.stderr.write('stopping: requests under way are finished first\n')
}
