/** Finds the onnxruntime-node that `make peers` installs in a folder of its own. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** What NODE_PATH is for programs that are to find it. */
export const nodePath = resolve(import.meta.dirname, '../..', '.venv-node/node_modules')
/** The file to load. */
export const runtime = resolve(nodePath, 'onnxruntime-node/dist/index.js')
/** A reason for node:test's `skip`, or `false` when it is there. */
export const skip = existsSync(runtime)
  ? false
  : "skipped: no onnxruntime-node in .venv-node; run 'make peers'"
