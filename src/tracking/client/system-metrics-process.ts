/** How busy the machine is, under MLflow's names for it. */

import { cpus, freemem, totalmem } from 'node:os'

/** Tells the values since it was asked before. */
export type SystemSampler = () => Readonly<Record<string, number>>

/** The first sample counts from here. Shares are percentages of the whole machine, sizes are megabytes. */
export function createSystemSampler(): SystemSampler {
  let before = readCpuTimes()
  return () => {
    const now = readCpuTimes()
    const total = now.total - before.total
    const busy = now.busy - before.busy
    before = now
    const used = totalmem() - freemem()
    return {
      'system/cpu_utilization_percentage': total === 0 ? 0 : (100 * busy) / total,
      'system/system_memory_usage_megabytes': used / 1e6,
      'system/system_memory_usage_percentage': (100 * used) / totalmem(),
      'system/process_memory_usage_megabytes': process.memoryUsage.rss() / 1e6,
    }
  }
}

interface CpuTimes {
  readonly busy: number
  readonly total: number
}

function readCpuTimes(): CpuTimes {
  let busy = 0
  let total = 0
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq
    busy += all - times.idle
    total += all
  }
  return { busy, total }
}
