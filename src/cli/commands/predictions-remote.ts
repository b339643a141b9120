import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { MovedFiles } from '../../project/collect/push-log.ts'
import { loggedModels } from '../contexts/logged-models.ts'
import { countFiles, formatSize } from '../contexts/transfer-context.ts'
import { addLogFolderFlag } from '../flags/log-folder-flag.ts'
import { logRemoteOption, openLogRemote } from '../flags/log-remote-flag.ts'
import { parseLookInterval, repeatAtTimes, type LookInterval } from '../flags/look-times.ts'
import { parseMoment } from '../flags/tracker-flags.ts'
import { printResult } from '../output/print-result.ts'
import { fitText } from '../output/terminal-text.ts'

/** `mlpt predictions push` and `pull`: the logs of several machines in one place. */
export function addPredictionsRemoteCommands(predictions: Command): void {
  addLogFolderFlag(
    addRemoteFlags(
      predictions
        .command('push')
        .description('send what servers have written and do not write any more to a remote'),
      'where to',
    ),
  ).action(push)
  addLogFolderFlag(
    addRemoteFlags(
      predictions
        .command('pull')
        .description('bring what other machines have sent to a remote')
        .option('--since <moment>', 'not the days before it: a date, or an age such as 90d'),
      'where from',
    ),
  ).action(pull)
}

function addRemoteFlags(command: Command, what: string): Command {
  return command
    .addOption(logRemoteOption(what).env('MLPT_PREDICTIONS_REMOTE').makeOptionMandatory())
    .option('--model <name>', 'of one model only')
    .option('--json', 'print one JSON document; not with --watch')
    .option(
      '--watch <seconds or cron line>',
      "now, and again so many seconds after, or at times such as '*/5 * * * *', until Ctrl-C",
      parseLookInterval,
    )
}

interface RemoteFlags {
  readonly log: string
  readonly remote: string
  readonly model?: string
  readonly watch?: LookInterval
  readonly json?: boolean
}

async function push(flags: RemoteFlags): Promise<void> {
  const { settleLog } = await import('../../monitoring/prediction-log/upkeep-log-store.ts')
  const { pushLog } = await import('../../project/collect/push-log.ts')
  const known = new Set<string>()
  await repeatedly(flags, 'sent', async (remote) => {
    const models = await loggedModels(flags)
    // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
    for (const model of models) await settleLog(flags.log, { model, now: Date.now() })
    return pushLog(remote, { root: flags.log, models, known })
  })
}

async function pull(flags: RemoteFlags & { readonly since?: string }): Promise<void> {
  const { pullLog } = await import('../../project/collect/pull-log-file.ts')
  await repeatedly(flags, 'received', (remote) => {
    // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
    const since = flags.since === undefined ? undefined : parseMoment(flags.since, Date.now())
    return pullLog(remote, { root: flags.log, model: flags.model, since })
  })
}

/** Once, or until somebody asks for the end: then once more, for what was written last. */
async function repeatedly(
  flags: RemoteFlags,
  verb: string,
  move: (remote: Awaited<ReturnType<typeof openLogRemote>>) => Promise<MovedFiles>,
): Promise<void> {
  const { remote: place, watch, json = false } = flags
  if (json && watch !== undefined) {
    throw new ToolkitError(
      'CLI_USAGE',
      '--json prints one document, and --watch goes on for ever',
      {
        hint: 'leave out one of them',
      },
    )
  }
  await using remote = await openLogRemote(place)
  const once = async (): Promise<void> => {
    const { files, sizeBytes } = await move(remote)
    if (files === 0 && watch !== undefined) return
    const size = files === 0 ? '' : `, ${formatSize(sizeBytes)}`
    const text = `${fitText(`${verb} ${countFiles(files)}${size}`, Infinity)}\n`
    printResult(flags, { files, sizeBytes }, text)
  }
  if (watch === undefined) await once()
  else await repeatAtTimes(watch, once, { isDoneAtEnd: true })
}
