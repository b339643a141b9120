import { availableParallelism, cpus, loadavg } from 'node:os'

/** What a figure depends on, without names or paths of the machine. */
export interface Machine {
  readonly cpu: string | undefined
  readonly cores: number
  readonly platform: string
  readonly node: string
  readonly loadAverageAtStart: number | undefined
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    loadAverageAtStart: loadavg()[0],
  }
}
