/** What one request may cost; everything beyond is refused before work is done for it. */
export interface ServingLimits {
  /** Largest request body. */
  readonly bodyBytes: number
  /** Most rows in one request. */
  readonly rows: number
  /** Most rows of one request that are explained: explaining one takes about a millisecond. */
  readonly explainedRows: number
  /** A request must have arrived within this time. */
  readonly requestTimeoutMs: number
}

/** A body of 1 MiB, 10,000 rows, 100 of them explained, half a minute for a request to arrive. */
export const defaultLimits: ServingLimits = {
  bodyBytes: 1024 * 1024,
  rows: 10_000,
  explainedRows: 100,
  requestTimeoutMs: 30_000,
}
