/** What a piece of work costs, whatever else the machine does meanwhile. */

/** Starts counting; the answer gives the milliseconds that this process has used its processors since. */
export function startCpuClock(): () => number {
  const start = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }
}
