/** Finds the Python of a peer, which `make peers` installs below the repository's root. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { makeScratchFolder } from '../scratch-folder.ts'

// Clients of mlflow and bentoml leave folders among the temporary files: here they go with this process.
process.env['TMPDIR'] = makeScratchFolder()

export interface Peer {
  readonly python: string
  /** A reason for node:test's `skip`, or `false` when the peer can run. */
  readonly skip: string | false
}

/** @param venv - '.venv' has dvc, mlflow, scikit-learn, lightgbm, onnxruntime; '.venv-gx' has great_expectations, '.venv-evidently' evidently, '.venv-feast' feast, '.venv-bento' bentoml */
export function findPeer(
  venv: '.venv' | '.venv-gx' | '.venv-evidently' | '.venv-feast' | '.venv-bento',
  module: string,
): Peer {
  const python = resolve(import.meta.dirname, '../..', venv, 'bin/python')
  if (!existsSync(python)) return { python, skip: `skipped: no ${venv}; run 'make peers'` }
  try {
    execFileSync(python, ['-c', `import importlib.util as u; assert u.find_spec('${module}')`], {
      stdio: 'ignore',
    })
    return { python, skip: false }
  } catch {
    return { python, skip: `skipped: ${venv} has no ${module}; run 'make peers'` }
  }
}
