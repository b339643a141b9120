/** What a comparison of two tables says: plain JSON, the same for the same data. */

/** Which part a column plays; a target and a prediction are reported first. */
export type ColumnRole = 'target' | 'prediction' | 'feature'

/** As what a column's values are compared: by size, by value, by length, or not at all. */
export type ColumnKind = 'numerical' | 'categorical' | 'text' | 'time'

/** Whether a column's values are compared, and why not. */
export type ColumnStatus =
  | 'compared'
  /** No test fits its type, or a side has no value; its missing rate may still be compared. */
  | 'not-compared'
  | 'absent-in-current'
  | 'absent-in-reference'
  | 'type-changed'

/** What moved between two tables. */
export interface DriftReport {
  readonly preset: PresetName
  readonly referenceRows: number
  readonly currentRows: number
  /** The target and the prediction, then the reference's order, then what only the current table has. */
  readonly columns: readonly ColumnDrift[]
  /** Names of the columns that drifted, changed type or are absent on a side. */
  readonly drifted: readonly string[]
  /** Drifted columns among those that could be judged, from 0 to 1; 0 without any. */
  readonly driftedShare: number
  /** The table has drifted when so large a share of its columns has; 0 stands for any column. */
  readonly driftShare: number
  /** Whether the table as a whole has drifted. */
  readonly isDrifted: boolean
  /** One comparison for each value of the column of segments, the largest first; empty without such a column. */
  readonly segments: readonly SegmentDrift[]
  readonly warnings: readonly string[]
}

/** Our own rules, or those of Evidently 0.7.23. */
export type PresetName = 'mlpt' | 'evidently'

/** The rows of one value of a column. */
export interface SegmentDrift {
  /** The value as text. */
  readonly value: string
  readonly referenceRows: number
  readonly currentRows: number
  readonly columns: readonly ColumnDrift[]
  readonly drifted: readonly string[]
}

/** What moved in one column. */
export interface ColumnDrift {
  readonly name: string
  readonly role: ColumnRole
  readonly status: ColumnStatus
  /** Absent when the column could not be compared. */
  readonly kind?: ColumnKind
  /** Absent where the side has no such column. */
  readonly reference?: SideFacts
  readonly current?: SideFacts
  readonly checks: readonly DriftCheck[]
  /** Rows per bin for the picture; empty where there is nothing to draw, and in segments. */
  readonly bins: readonly Bin[]
  readonly isDrifted: boolean
  /** What moved, each a sentence; empty when nothing did. */
  readonly reasons: readonly string[]
}

/** One column on one side. */
export interface SideFacts {
  /** DuckDB's name of the type. */
  readonly type: string
  readonly rows: number
  /** Rows without a value: null or NaN. */
  readonly missing: number
  readonly infinite: number
  /** Different finite values; at least so many when a stored profile does not list all. */
  readonly distinct: number
}

/** Rows of both sides in one bin of a picture. */
export interface Bin {
  /** A value, or the limits of a bin of numbers such as '10 – 20'. */
  readonly label: string
  /** Limits of a bin of numbers; the outermost bins also count what lies beyond. */
  readonly from?: number
  readonly to?: number
  readonly reference: number
  readonly current: number
}

/** One question asked of one column. */
export interface DriftCheck {
  /** `unseen`: values that the reference lacks, numbers beyond its range. */
  readonly about: 'values' | 'lengths' | 'missing' | 'infinite' | 'unseen'
  /** Could chance alone do this? Absent for a distance of Evidently's. */
  readonly significance?: Significance
  /** Is it large enough to matter? Absent for a p-value of Evidently's. */
  readonly effect?: Effect
  readonly isDrifted: boolean
}

export interface Significance {
  /** Evidently's name of the test where it has one. */
  readonly test: string
  /** Absent when it is infinite. */
  readonly statistic?: number
  readonly pValue: number
  /** Benjamini and Hochberg's, over every check of the comparison. */
  readonly adjustedPValue: number
  /** At or below this the difference is significant. */
  readonly level: number
}

export interface Effect {
  /** Evidently's name of the distance where it has one. */
  readonly measure: string
  readonly value: number
  /** At or above this the difference matters. */
  readonly threshold: number
}
