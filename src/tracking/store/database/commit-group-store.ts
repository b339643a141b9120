/** Group commit: changes that are asked for while the process is busy share one transaction and one fsync. */

/** What a group needs of a database. */
export interface GroupConnection {
  /** All of it or nothing; on the disk when it returns, or soon after. */
  transaction<T>(change: () => T, durability: Durability): T
  exec(sql: string): void
  isInTransaction(): boolean
}

/** When a commit is safe from a power cut; from the end of the process it is at once. */
export type Durability = 'now' | 'soon'

export interface CommitGroup {
  /**
   * Resolves once the change is committed. Changes run in the order they came; one that throws
   * undoes only itself. A group is as durable as the most demanding of its changes.
   */
  add<T>(change: () => T, durability: Durability): Promise<T>
  /** Commits at once what waits. */
  flush(): void
}

/** A longer group would keep readers waiting for the event loop. */
const longestGroup = 64

interface Member {
  readonly change: () => unknown
  readonly durability: Durability
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

/**
 * No timer: a commit blocks the process, meanwhile requests gather in its sockets, and the
 * event loop reads all of them before it comes to the next commit.
 */
export function createCommitGroup(connection: GroupConnection): CommitGroup {
  let waiting: Member[] = []
  const flush = (): void => {
    const members = waiting.splice(0, longestGroup)
    if (members.length > 0) commit(connection, members)
    if (waiting.length > 0) setImmediate(flush)
  }
  return {
    add: <T>(change: () => T, durability: Durability) => {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it gets the value of its own change
      waiting.push({ change, durability, resolve: (value) => resolve(value as T), reject })
      if (waiting.length === 1) setImmediate(flush)
      return promise
    },
    flush: () => {
      const members = waiting
      waiting = []
      if (members.length > 0) commit(connection, members)
    },
  }
}

function commit(connection: GroupConnection, members: readonly Member[]): void {
  let outcomes: readonly Outcome[]
  const durability = members.some((member) => member.durability === 'now') ? 'now' : 'soon'
  try {
    outcomes = connection.transaction(
      () => members.map(({ change }) => attempt(connection, change, members.length === 1)),
      durability,
    )
  } catch (error) {
    for (const { reject } of members) reject(error)
    return
  }
  members.forEach(({ resolve, reject }, i) => {
    const outcome = outcomes[i]!
    if ('error' in outcome) reject(outcome.error)
    else resolve(outcome.value)
  })
}

function attempt(connection: GroupConnection, change: () => unknown, isAlone: boolean): Outcome {
  // Alone, the transaction's own rollback does.
  if (isAlone) return { value: change() }
  connection.exec('SAVEPOINT member')
  try {
    const value = change()
    connection.exec('RELEASE member')
    return { value }
  } catch (error) {
    // A full disk, for one, ends the whole transaction: then nobody's change is there.
    if (!connection.isInTransaction()) throw error
    connection.exec('ROLLBACK TO member; RELEASE member')
    return { error }
  }
}
