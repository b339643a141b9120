import type { Cell, Database } from '../../duckdb-store.ts'
import type { Question, RowQuestion } from '../expectation-type.ts'
import { describeRows } from '../describe-rows.ts'
import { judgeRows, type Outcome, type Sample } from '../outcome.ts'
import { sampleLimitOf, type ResultSettings } from '../result-settings.ts'
import type { Answer } from '../validation-result.ts'
import type { Asked } from './asked.ts'
import { type Cells, selectAll } from './aggregate-query.ts'
import { canWait, noteUnique, type ProvenUnique, skipProven } from './proven-unique.ts'
import { findUnexpected, listRowAggregates, type SampleWish } from './row-query.ts'
import { keptRows } from './row-source.ts'
import { canSampleTogether, samplesAtOnce, sampleTogether } from './sample-together.ts'

interface Run {
  readonly database: Database
  /** See {@link AggregateSource}. */
  readonly savesMemory: boolean
  readonly settings: ResultSettings
}

/**
 * Answers questions in stages. In each stage all aggregates over the same rows
 * are one statement; a staged question puts its next one in the stage after.
 * One that cannot be answered is an error of its own.
 */
export async function answerQuestions(run: Run, asked: readonly Asked[]): Promise<Answer[]> {
  const answers: Answer[] = []
  const proven: ProvenUnique = new Map()
  const [waiting, first] = partition(asked, (each) => canWait(each, asked))
  let open = first
  let later = waiting
  while (open.length > 0) {
    const cells = await countAll(run, open)
    const samples = await sampleAll(run, open, cells)
    for (const [i, each] of open.entries()) {
      noteUnique(proven, each, cells[i]!)
      const answer = await answerOne(run, { ...each, samples: samples.get(i) }, cells[i]!)
      if ('question' in answer) later.push({ ...answer, place: each.place })
      else answers[each.place] = answer
    }
    open = later.map((each) => skipProven(proven, each))
    later = []
  }
  return answers
}

type Placed = Asked & { readonly place: number }

function partition(
  asked: readonly Asked[],
  isFirst: (each: Asked) => boolean,
): readonly [Placed[], Placed[]] {
  const placed = asked.map((each, place) => ({ ...each, place }))
  return [placed.filter(isFirst), placed.filter((each) => !isFirst(each))]
}

/** One statement for each distinct condition on the rows. */
async function countAll({ database, savesMemory }: Run, asked: readonly Asked[]): Promise<Cells[]> {
  const cells: Cells[] = []
  const bySource = Map.groupBy(asked.entries(), ([, { source }]) => keptRows(source).relation)
  for (const group of bySource.values()) {
    const table = keptRows(group[0]![1].source)
    const wanted = group.map(([, { question }]) => listAggregates(question))
    const found = await selectAll({ database, table, savesMemory }, wanted)
    group.forEach(([place], i) => (cells[place] = found[i]!))
  }
  return cells
}

function listAggregates(question: Question): readonly string[] {
  switch (question.kind) {
    case 'shape':
    case 'query':
      return []
    case 'aggregate':
    case 'staged':
      return question.aggregates
    case 'rows':
      return listRowAggregates(question)
  }
}

/** An expectation with the rows that break it, where they are known already. */
type Sampled = Asked & { readonly samples?: readonly Sample[] | undefined }

/**
 * Samples of the expectations that have company, by their place in the list: in few statements, each a scan of
 * the whole table. Of a large one a statement of its own ends with the last row it wants.
 */
async function sampleAll(
  { database, savesMemory, settings }: Run,
  asked: readonly Asked[],
  cells: readonly Cells[],
): Promise<ReadonlyMap<number, readonly Sample[]>> {
  const samples = new Map<number, readonly Sample[]>()
  const wish = sampleWishOf(settings)
  const broken = [...asked.entries()].flatMap(([place, { question, source }]) =>
    question.kind === 'rows' && canSampleTogether(question, wish) && isBroken(cells[place]!)
      ? [{ place, question, source }]
      : [],
  )
  if (savesMemory || broken.length < 2) return samples
  for (const group of Map.groupBy(broken, ({ source }) => keptRows(source).relation).values()) {
    for (let start = 0; start < group.length; start += samplesAtOnce) {
      const part = group.slice(start, start + samplesAtOnce)
      const questions = part.map(({ question }) => question)
      try {
        const found = await sampleTogether(database, part[0]!.source, questions, wish)
        part.forEach(({ place }, i) => samples.set(place, found[i]!))
      } catch {
        // Whose fault it is shows when each is sampled alone.
      }
    }
  }
  return samples
}

/** @param cells - of `listRowAggregates`; whether they tell that a row breaks the expectation */
function isBroken(cells: Cells): boolean {
  return !('error' in cells) && cells.length === 3 && Number(cells[1]) > 0 && Number(cells[2]) > 0
}

async function answerOne(run: Run, asked: Sampled, cells: Cells): Promise<Answer | Asked> {
  if ('error' in cells) return cells
  try {
    return await judgeOne(run, asked, cells)
  } catch (error) {
    return { error }
  }
}

async function judgeOne(
  run: Run,
  { samples, ...asked }: Sampled,
  cells: readonly Cell[],
): Promise<Outcome | Asked> {
  const { question, source } = asked
  if (question.kind === 'shape') return withWarnings(question.outcome, asked.warnings)
  const warnings = [...asked.warnings, ...(question.warnings ?? [])]
  switch (question.kind) {
    case 'aggregate':
      return withWarnings(question.judge(cells), warnings)
    case 'staged':
      return { ...asked, question: question.next(cells), warnings }
    case 'query': {
      const rows = await run.database.query(question.select(keptRows(source).relation))
      return withWarnings(question.judge(rows), warnings)
    }
    case 'rows':
      return withWarnings(await answerRows(run, { ...asked, question, samples }, cells), warnings)
  }
}

function withWarnings(outcome: Outcome, warnings: readonly string[]): Outcome {
  return { ...outcome, warnings: [...warnings, ...(outcome.warnings ?? [])] }
}

async function answerRows(
  { database, settings }: Run,
  { question, source, domain, samples }: Sampled & { readonly question: RowQuestion },
  cells: readonly Cell[],
): Promise<Outcome> {
  const [rows = 0, kept = 0] = cells.map(Number)
  const found = await findUnexpected(database, source, question, cells)
  const counts = { rows, ignored: rows - kept, unexpected: found.count }
  const shown = samples ?? (await found.sample(sampleWishOf(settings)))
  return {
    success: judgeRows(counts, question.mostly),
    result: describeRows(counts, shown, { ...question, settings, domain }),
    ...(kept === 0 && { hasChecked: false }),
  }
}

function sampleWishOf(settings: ResultSettings): SampleWish {
  return {
    limit: sampleLimitOf(settings),
    indexColumns: settings.unexpected_index_column_names ?? [],
    hasWholeRows: settings.include_unexpected_rows,
  }
}
