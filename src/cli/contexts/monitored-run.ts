/** The run of the pipeline that `mlpt monitor` begins, and what its history says of it. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { PipelineRunDetails } from '../../core/pipeline-history.ts'
import type { PipelineEnd } from '../../project/monitor/monitor-verdict-file.ts'
import { openCurrentRepository } from './open-repository.ts'

/**
 * Runs it in a process of its own, whose output is progress: `--json` prints one document.
 *
 * @param own - of its environment, beside what this process has
 */
export async function runInChild(
  directory: string,
  own: Readonly<Record<string, string>>,
): Promise<PipelineEnd> {
  const program = process.argv[1] ?? ''
  const repository = await openCurrentRepository()
  const { createHistoryReader } = await import('../../pipeline/automation/history-store.ts')
  const history = createHistoryReader(repository.stateFolder)
  const [known] = await history.listRuns({ limit: 1 })
  // The new data lies in the project, and a mirror would hide it.
  const { MLPT_DATA_MIRROR: _mirror, ...environment } = process.env
  const child = spawn(process.execPath, [...process.execArgv, program, 'run', '--wait', '3600'], {
    cwd: directory,
    env: { ...environment, ...own, MLPT_TRIGGER: 'monitor' },
    stdio: ['ignore', 2, 2],
  })
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
    (resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }))
    },
  )
  const folder = relative(repository.root, directory).replaceAll('\\', '/') || '.'
  const runs = await history.listRuns({ limit: 50 })
  const begun = runs.find(
    (one) => one.id > (known?.id ?? 0) && one.trigger === 'monitor' && one.folder === folder,
  )
  const run = begun && (await history.readRun(begun.id))
  const ended = signal === null ? [] : [`the run was ended by ${signal}`]
  if (run === undefined) return { exitCode: code ?? 1, reasons: ended }
  const failed = run.stages.find(({ outcome }) => outcome === 'failed' || outcome === 'killed')
  return {
    exitCode: code ?? 1,
    runId: run.id,
    ...(failed !== undefined && { stage: failed.stage }),
    reasons: [...ended, ...listReasons(run, failed?.logPath, repository.root)],
  }
}

const shownReasons = 20

/** What the stage that failed called critical or an error, else what the run says. */
function listReasons(
  { outcome, message }: PipelineRunDetails,
  logPath: string | undefined,
  root: string,
): readonly string[] {
  if (outcome === 'succeeded') return []
  const lines = logPath === undefined ? [] : readLines(join(root, logPath))
  const findings = lines.flatMap((line) => {
    const found = /^(?:critical: (?:expectations\[\d+\] )?|error (?=[a-z_]+:))(.*)$/.exec(line)?.[1]
    return found === undefined ? [] : [found]
  })
  // The last is what the stage ended with; where it has told what it found, it only counts that up.
  const last = lines.findLast((line) => /^error [A-Z_]+: /.test(line))?.replace(/^error /, '')
  const said = findings.length > 0 || last === undefined ? findings : [last]
  return (said.length > 0 || message === undefined ? said : [message]).slice(0, shownReasons)
}

/** A log that is gone says nothing. */
function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}
