/** Opens a model for the first time where it can do no harm: in a thread of its own. */

import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { ToolkitError, type ErrorCode, messageOf } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { describeModel, openModel } from '../../model/index.ts'
import { createServedModel } from '../served-model.ts'
import { warmUp } from '../warm-up.ts'

/** A model by its parts. */
export interface TriedModel {
  /** Its MLmodel. */
  readonly manifest: string
  readonly onnx: Uint8Array
  /** MLflow's input example, where there is one. */
  readonly inputExample?: string | undefined
  /** Where it lies, for messages. */
  readonly place: string
}

const startKind = 'mlpt: trial of a model'

/** Longer than any model takes that is worth serving. */
const trialLimits = { timeoutMs: 60_000, memoryMb: 1024 } as const

type Outcome =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly hint: string | undefined
    }

/**
 * Opens the model and lets it score its own example, in a thread that ends with it: one that never comes to an end,
 * or takes all memory, takes nothing with it.
 *
 * @throws {ToolkitError} what the model throws; `MODEL_INVALID` when the thread dies or takes too long
 */
export async function tryModel(
  model: TriedModel,
  limits: { readonly timeoutMs: number; readonly memoryMb: number } = trialLimits,
): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { kind: startKind, model },
    resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb },
  })
  worker.unref()
  const timer = setTimeout(() => void worker.terminate(), limits.timeoutMs).unref()
  try {
    const said = await Promise.race([readOutcome(worker), readDeath(worker)])
    if (typeof said === 'string') throw died(said)
    if (said.kind === 'failed') throw new ToolkitError(said.code, said.message, { hint: said.hint })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

async function readOutcome(worker: Worker): Promise<Outcome> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what runTrial posts
  const [outcome] = (await once(worker, 'message')) as [Outcome]
  return outcome
}

async function readDeath(worker: Worker): Promise<string> {
  const [reason]: unknown[] = await once(worker, 'exit').catch((error: unknown) => [error])
  return reason instanceof Error ? reason.message : 'it took too long'
}

function died(reason: string): ToolkitError {
  return new ToolkitError('MODEL_INVALID', `the model did not survive being tried: ${reason}`, {
    hint: 'register another version',
  })
}

/** What the thread does. */
async function runTrial(model: TriedModel): Promise<Outcome> {
  try {
    const predictor = await openModel(describeModel(model, model.place), model.onnx)
    warmUp(createServedModel(predictor, undefined))
    return { kind: 'done' }
  } catch (error) {
    const told = error instanceof ToolkitError ? error : undefined
    const message = messageOf(error)
    return { kind: 'failed', code: told?.code ?? 'MODEL_INVALID', message, hint: told?.hint }
  }
}

if (!isMainThread && isObject(workerData) && workerData['kind'] === startKind) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what tryModel hands over
  const outcome = await runTrial(workerData['model'] as TriedModel)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage(outcome)
}
