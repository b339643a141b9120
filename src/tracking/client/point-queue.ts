/** Points in their order: the first of them in memory, the rest, when there are many, in the spool alone. */

import { ToolkitError } from '../../core/errors.ts'
import type { MetricPoint } from '../../core/tracking.ts'
import type { Spool } from './spool-file.ts'

export interface PointQueue {
  readonly size: number
  /** To the spool, and to the end of the queue. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  add(points: readonly MetricPoint[]): void
  /** The first ones, at most `count`: none only of an empty queue. @throws {ToolkitError} `FILE_READ_FAILED` for lost ones, once */
  first(count: number): readonly MetricPoint[]
  /** Takes the first ones away, which are stored or given up. */
  drop(count: number): void
}

/** @param mostInMemory - points */
export function createPointQueue(
  spool: Pick<Spool, 'path' | 'append' | 'read' | 'endByte'>,
  mostInMemory: number,
): PointQueue {
  let list: MetricPoint[] = []
  /** How many of the list are gone; it is emptied when all are. */
  let doneCount = 0
  /** Those after the list. */
  let behind: { readonly count: number; readonly fromByte: number } | undefined
  const readBehind = ({ count, fromByte }: NonNullable<typeof behind>): void => {
    // What cannot be read is asked for once: whoever finds the file later sends it.
    behind = undefined
    const { points, endByte } = spool.read(fromByte, Math.min(count, mostInMemory))
    const left = count - points.length
    list = [...points]
    doneCount = 0
    if (points.length === 0) throw lost(spool.path, count)
    if (left > 0) behind = { count: left, fromByte: endByte }
  }
  return {
    get size() {
      return list.length - doneCount + (behind?.count ?? 0)
    },
    add: (points) => {
      const fromByte = spool.endByte
      spool.append(points)
      const isFull = list.length > 0 && list.length + points.length > mostInMemory
      if (behind !== undefined || isFull) {
        behind = { fromByte, ...behind, count: (behind?.count ?? 0) + points.length }
      } else for (const point of points) list.push(point)
    },
    first: (count) => {
      if (doneCount === list.length && behind !== undefined) readBehind(behind)
      return list.slice(doneCount, doneCount + count)
    },
    drop: (count) => {
      doneCount += count
      if (doneCount < list.length) return
      list = []
      doneCount = 0
    },
  }
}

function lost(path: string, count: number): ToolkitError {
  return new ToolkitError('FILE_READ_FAILED', `${count} points are gone from '${path}'`, {
    hint: 'leave that file to the process that writes it, and look whether the disk is sound',
    details: { path, count },
  })
}
