/** Every command of `mlpt`, in the order of its help. A command's code is loaded when it is needed. */

import type { Command } from 'commander'

/** A command, or several that belong together, in one file. */
export interface CommandEntry {
  /** All names and aliases. */
  readonly names: readonly string[]
  readonly load: () => Promise<(program: Command) => void>
}

/** The commands. */
export const commandList: readonly CommandEntry[] = [
  {
    names: ['new'],
    load: async () => (await import('./commands/new.ts')).addNewCommand,
  },
  {
    names: ['ingest'],
    load: async () => (await import('./commands/ingest.ts')).addIngestCommand,
  },
  {
    names: ['validate'],
    load: async () => (await import('./commands/validate.ts')).addValidateCommand,
  },
  {
    names: ['check'],
    load: async () => (await import('./commands/check.ts')).addCheckCommand,
  },
  {
    names: ['profile'],
    load: async () => (await import('./commands/profile.ts')).addProfileCommand,
  },
  {
    names: ['suite'],
    load: async () => (await import('./commands/suite.ts')).addSuiteCommand,
  },
  {
    names: ['features'],
    load: async () => (await import('./commands/features.ts')).addFeaturesCommand,
  },
  {
    names: ['train'],
    load: async () => (await import('./commands/train.ts')).addTrainCommand,
  },
  {
    names: ['tune'],
    load: async () => (await import('./commands/tune.ts')).addTuneCommand,
  },
  {
    names: ['evaluate'],
    load: async () => (await import('./commands/evaluate.ts')).addEvaluateCommand,
  },
  {
    names: ['promote'],
    load: async () => (await import('./commands/promote.ts')).addPromoteCommand,
  },
  {
    names: ['run', 'repro'],
    load: async () => (await import('./commands/run.ts')).addRunCommand,
  },
  {
    names: ['status'],
    load: async () => (await import('./commands/status.ts')).addStatusCommand,
  },
  {
    names: ['dag'],
    load: async () => (await import('./commands/dag.ts')).addDagCommand,
  },
  {
    names: ['why'],
    load: async () => (await import('./commands/why.ts')).addWhyCommand,
  },
  {
    names: ['root'],
    load: async () => (await import('./commands/root.ts')).addRootCommand,
  },
  {
    names: ['stage'],
    load: async () => (await import('./commands/stage.ts')).addStageCommand,
  },
  {
    names: ['metrics'],
    load: async () => (await import('./commands/metrics.ts')).addMetricsCommand,
  },
  {
    names: ['params'],
    load: async () => (await import('./commands/params.ts')).addParamsCommand,
  },
  {
    names: ['plots'],
    load: async () => (await import('./commands/plots.ts')).addPlotsCommand,
  },
  {
    names: ['diff'],
    load: async () => (await import('./commands/diff.ts')).addDiffCommand,
  },
  {
    names: ['data'],
    load: async () => (await import('./commands/data.ts')).addDataCommand,
  },
  {
    names: ['deps'],
    load: async () => (await import('./commands/deps.ts')).addDepsCommand,
  },
  {
    names: ['history'],
    load: async () => (await import('./commands/history.ts')).addHistoryCommand,
  },
  {
    names: ['merge-lock'],
    load: async () => (await import('./commands/merge-lock.ts')).addMergeLockCommand,
  },
  {
    names: ['watch'],
    load: async () => (await import('./commands/watch.ts')).addWatchCommand,
  },
  {
    names: ['exp', 'experiments'],
    load: async () => (await import('./commands/exp.ts')).addExpCommand,
  },
  {
    names: ['init'],
    load: async () => (await import('./commands/init.ts')).addInitCommand,
  },
  {
    names: ['add'],
    load: async () => (await import('./commands/add.ts')).addAddCommand,
  },
  {
    names: ['commit'],
    load: async () => (await import('./commands/commit.ts')).addCommitCommand,
  },
  {
    names: ['checkout'],
    load: async () => (await import('./commands/checkout.ts')).addCheckoutCommand,
  },
  {
    names: ['remove'],
    load: async () => (await import('./commands/remove.ts')).addRemoveCommand,
  },
  {
    names: ['move', 'mv'],
    load: async () => (await import('./commands/move.ts')).addMoveCommand,
  },
  {
    names: ['import-url'],
    load: async () => (await import('./commands/import-url.ts')).addImportUrlCommand,
  },
  {
    names: ['update'],
    load: async () => (await import('./commands/update.ts')).addUpdateCommand,
  },
  {
    names: ['freeze', 'unfreeze'],
    load: async () => (await import('./commands/freeze.ts')).addFreezeCommands,
  },
  {
    names: ['unprotect'],
    load: async () => (await import('./commands/unprotect.ts')).addUnprotectCommand,
  },
  {
    names: ['push'],
    load: async () => (await import('./commands/push.ts')).addPushCommand,
  },
  {
    names: ['fetch'],
    load: async () => (await import('./commands/fetch.ts')).addFetchCommand,
  },
  {
    names: ['pull'],
    load: async () => (await import('./commands/pull.ts')).addPullCommand,
  },
  {
    names: ['gc'],
    load: async () => (await import('./commands/gc.ts')).addGcCommand,
  },
  {
    names: ['remote'],
    load: async () => (await import('./commands/remote.ts')).addRemoteCommand,
  },
  {
    names: ['config'],
    load: async () => (await import('./commands/config.ts')).addConfigCommand,
  },
  {
    names: ['report'],
    load: async () => (await import('./commands/report.ts')).addReportCommand,
  },
  {
    names: ['runs'],
    load: async () => (await import('./commands/runs.ts')).addRunsCommand,
  },
  {
    names: ['models'],
    load: async () => (await import('./commands/models.ts')).addModelsCommand,
  },
  {
    names: ['tracking'],
    load: async () => (await import('./commands/tracking.ts')).addTrackingCommand,
  },
  {
    names: ['serve'],
    load: async () => (await import('./commands/serve.ts')).addServeCommand,
  },
  {
    names: ['predict'],
    load: async () => (await import('./commands/predict.ts')).addPredictCommand,
  },
  {
    names: ['package'],
    load: async () => (await import('./commands/package.ts')).addPackageCommand,
  },
  {
    names: ['predictions'],
    load: async () => (await import('./commands/predictions.ts')).addPredictionsCommand,
  },
  {
    names: ['feedback'],
    load: async () => (await import('./commands/feedback.ts')).addFeedbackCommand,
  },
  {
    names: ['trace'],
    load: async () => (await import('./commands/trace.ts')).addTraceCommand,
  },
  {
    names: ['client'],
    load: async () => (await import('./commands/client.ts')).addClientCommand,
  },
  {
    names: ['token'],
    load: async () => (await import('./commands/token.ts')).addTokenCommand,
  },
  {
    names: ['server', 'dashboard'],
    load: async () => (await import('./commands/server.ts')).addServerCommand,
  },
  {
    names: ['drift'],
    load: async () => (await import('./commands/drift.ts')).addDriftCommand,
  },
  {
    names: ['monitor'],
    load: async () => (await import('./commands/monitor.ts')).addMonitorCommand,
  },
  {
    names: ['demo'],
    load: async () => (await import('./commands/demo.ts')).addDemoCommand,
  },
]
