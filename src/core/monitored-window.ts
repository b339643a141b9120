/** What monitoring keeps of a prediction log: what `mlpt monitor` writes, the server tells and the dashboard shows. */

import type { MonitoredTraining, TrainingWish } from './monitored-training.ts'

/** Some rows of a prediction log, all of one model version, and what they say. Plain JSON. */
export interface MonitoredWindow {
  /** Names the window among those of its model: version, size and where it begins. */
  readonly key: string
  readonly model: string
  /** As the registry counts; the first digits of the digest where the model came from a folder. */
  readonly version: string
  /** As params.yaml has it: '1000 rows', '1d'. */
  readonly size: string
  /** Milliseconds since 1970 of its first row; of a window of time its beginning. */
  readonly from: number
  /** Of its last row; of a window of time its end, which belongs to the next one. */
  readonly to: number
  readonly rows: number
  /** Of too few rows nothing is said. */
  readonly state: 'judged' | 'too-few-rows'
  /** What it was compared with, in words. */
  readonly reference: string
  /** The inputs of the model, in its order. */
  readonly columns: readonly MonitoredColumn[]
  /** Inputs whose values drifted, or are missing more often. */
  readonly drifted: readonly string[]
  /** Drifted inputs among those that could be compared, from 0 to 1. */
  readonly driftShare: number
  /** Absent when nothing is known of the scores that the model gives on known rows. */
  readonly prediction?: MonitoredColumn
  /** Of a model of several classes, whose `prediction` is the class: the probability of each, by its name. */
  readonly probabilities?: readonly MonitoredColumn[]
  /** Mean of the scores; of several classes that of the likeliest one. */
  readonly meanScore?: number
  readonly segments: readonly MonitoredSegment[]
  readonly performance: MonitoredPerformance
}

/** One input, or the score, in one window. */
export interface MonitoredColumn {
  readonly name: string
  readonly isDrifted: boolean
  /** What moved, each a sentence. */
  readonly reasons: readonly string[]
  /** The distance that decides, by its name; absent when nothing could be compared. */
  readonly measure?: string
  readonly distance?: number
  readonly threshold?: number
  /** Population stability index without what chance brings. */
  readonly psi?: number
  /** Jensen and Shannon's distance. */
  readonly jensenshannon?: number
  /** Rows without a value, from 0 to 1. */
  readonly missingShare: number
  /** Values beyond the bounds of the field, or with a fraction where it has integers, from 0 to 1. */
  readonly outOfRangeShare: number
  /** Values that are none of the field's levels, and texts that the model does not know, from 0 to 1. */
  readonly unseenShare: number
  /** Up to three of these values, the most frequent first; long texts are cut. */
  readonly unfit: readonly (number | string)[]
}

/** The rows of a window of one level or bin. */
export interface MonitoredSegment {
  /** `SEX=1`, `30<=AGE<40`. */
  readonly name: string
  readonly rows: number
  readonly drifted: readonly string[]
  readonly driftShare: number
  readonly columns: readonly Pick<MonitoredColumn, 'name' | 'isDrifted' | 'distance' | 'reasons'>[]
}

/** How good the predictions of a window were, as far as is known what came. */
export interface MonitoredPerformance {
  /** `one-class`: all labels are alike, and ranks and calibration say nothing. */
  readonly state: 'measured' | 'no-labels' | 'too-few-labels' | 'one-class'
  /** Rows whose label is known. */
  readonly labels: number
  /** Of them those of class 1, where the model gives its probability. */
  readonly positives?: number
  /** By scikit-learn's names; empty unless measured. */
  readonly metrics: Readonly<Record<string, MonitoredMetric>>
  readonly segments: readonly (Omit<MonitoredPerformance, 'segments'> & { readonly name: string })[]
}

export interface MonitoredMetric {
  readonly value: number
  /** Ends of its bootstrap interval; absent in segments that an earlier version has measured. */
  readonly lower?: number
  readonly upper?: number
}

/** How a rule of params.yaml stands. */
export interface MonitoredAlert {
  readonly name: string
  readonly severity: string
  /** As params.yaml has it. */
  readonly condition: string
  readonly isFiring: boolean
  /** Since when: milliseconds since 1970, by the log's clock. */
  readonly since?: number
  /** What was measured last. */
  readonly value?: number
}

/** What is known of one model. */
export interface MonitoredModel {
  readonly model: string
  /** Oldest first; so many of the newest, or of those before another one. */
  readonly windows: readonly MonitoredWindow[]
  /** Whether there are windows before these. */
  readonly hasOlder: boolean
  readonly alerts: readonly MonitoredAlert[]
  /** The newest trainings that alerts led to, the newest first. */
  readonly trainings: readonly MonitoredTraining[]
  /** What the last look saw; absent before there was one that told. */
  readonly lastLook?: LastLook
}

/** What a look at a log saw besides windows. */
export interface LastLook {
  /** Milliseconds since 1970. */
  readonly time: number
  /** The version that answered last, and when. */
  readonly answering?: { readonly version: string; readonly lastRow: number }
  /** Of a training that is wanted and has not begun. */
  readonly wish?: TrainingWish
}

/** Reads what monitoring keeps; the tracking server gets one, without knowing what stands behind it. */
export interface MonitoringReader {
  listModels(): Promise<readonly string[]>
  /** `undefined` for a model that nobody has watched; no windows before one that is not there. */
  readModel(model: string, page: WindowPage): Promise<MonitoredModel | undefined>
}

/** Some of the windows of a model. */
export interface WindowPage {
  /** At most so many. */
  readonly limit: number
  /** The key of a window: those before it. Left out, the newest. */
  readonly before?: string | undefined
}
