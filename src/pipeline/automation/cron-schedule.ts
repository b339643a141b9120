import { Cron } from 'croner'
import { ToolkitError, messageOf } from '../../core/errors.ts'

/**
 * Calls `onTick` at the times of cron lines, in the zone of this machine, until it is disposed.
 *
 * @param lines - five fields each: minute, hour, day of the month, month, day of the week; a sixth
 *   in front stands for seconds
 * @throws {ToolkitError} `CLI_USAGE` naming the first line that is none, or that never comes
 */
export function startCron(lines: readonly string[], onTick: (line: string) => void): Disposable {
  const jobs: Cron[] = []
  const stop = (): void => {
    for (const job of jobs) job.stop()
  }
  for (const line of lines) {
    try {
      const job = new Cron(line, { paused: true }, () => onTick(line))
      jobs.push(job)
      if (job.nextRun() === null) throw new RangeError('it never comes')
    } catch (error) {
      stop()
      throw cronError(line, error)
    }
  }
  for (const job of jobs) job.resume()
  return { [Symbol.dispose]: stop }
}

function cronError(line: string, error: unknown): ToolkitError {
  const reason = messageOf(error)
  return new ToolkitError('CLI_USAGE', `'${line}' is no cron line: ${reason}`, {
    hint: `write minute, hour, day, month and weekday: '0 3 * * *' is every night at three`,
    details: { line },
    cause: error,
  })
}
