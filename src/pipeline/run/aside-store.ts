/**
 * Outputs of a running stage, moved aside so that a stage that fails, or is
 * killed together with the engine, leaves what was there before. A manifest is
 * written before the first rename; whoever starts next finds it and puts things back.
 */

import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { asWriteError, systemCode, writeFileAtomically } from '../../core/atomic-file.ts'
import type { Stage } from '../stages/stage.ts'
import { exists, type Workspace } from '../repository/workspace-file.ts'

interface Manifest {
  readonly stage: string
  readonly outputs: readonly AsideOutput[]
}

interface AsideOutput {
  /** Relative to the repository's root. */
  readonly path: string
  /** When nothing was there before, whatever is there at recovery is half-written. */
  readonly existed: boolean
}

/** Outputs that wait until their stage has succeeded or failed. */
export interface Aside {
  /** Forgets what was there before. */
  drop(): Promise<void>
  /** Removes what the stage wrote and puts back what was there before. */
  restore(): Promise<void>
}

/**
 * Moves a stage's outputs aside, except those that persist.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`
 */
export async function moveAside(workspace: Workspace, stage: Stage): Promise<Aside> {
  const folder = join(asideFolder(workspace), String(process.pid))
  const outputs: AsideOutput[] = []
  for (const { location, isPersistent } of stage.outputs) {
    if (isPersistent) continue
    outputs.push({ path: relative(workspace.root, location), existed: await exists(location) })
  }
  const manifest: Manifest = { stage: stage.name, outputs }
  await writeFileAtomically(join(folder, 'manifest.json'), JSON.stringify(manifest))
  const aside: Aside = {
    drop: () => dropFolder(folder),
    restore: () => restoreOutputs(workspace, folder, manifest),
  }
  try {
    for (const [i, { path, existed }] of outputs.entries()) {
      if (existed) await move(join(workspace.root, path), join(folder, String(i)))
    }
  } catch (error) {
    await aside.restore()
    throw error
  }
  return aside
}

function asideFolder({ stateFolder }: Workspace): string {
  return join(stateFolder, 'aside')
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    throw asWriteError(from, error)
  }
}

/** The manifest goes first: without it, the rest is only rubbish. */
async function dropFolder(folder: string): Promise<void> {
  await rm(join(folder, 'manifest.json'), { force: true })
  await rm(folder, { recursive: true, force: true })
}

async function restoreOutputs(
  workspace: Workspace,
  folder: string,
  manifest: Manifest,
): Promise<void> {
  for (const [i, { path, existed }] of manifest.outputs.entries()) {
    const location = join(workspace.root, path)
    const kept = join(folder, String(i))
    // One that existed and is not kept here was never moved, or is back already.
    const isKept = existed && (await exists(kept))
    if (existed && !isKept) continue
    await rm(location, { recursive: true, force: true })
    if (!isKept) continue
    await mkdir(dirname(location), { recursive: true })
    await move(kept, location)
  }
  await dropFolder(folder)
}

/**
 * Puts back what a killed engine had moved aside. To be called by whoever holds
 * the lock, before anything is read.
 *
 * @returns the names of the stages that were running
 */
export async function recoverAside(workspace: Workspace): Promise<string[]> {
  const stages: string[] = []
  for (const name of await listFolder(asideFolder(workspace))) {
    const folder = join(asideFolder(workspace), name)
    const manifest = await readManifest(join(folder, 'manifest.json'))
    if (manifest === undefined) {
      await dropFolder(folder)
      continue
    }
    await restoreOutputs(workspace, folder, manifest)
    stages.push(manifest.stage)
  }
  return stages
}

async function listFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    // Written whole or not at all by `moveAside`, so its shape is known.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return JSON.parse(await readFile(path, 'utf8')) as Manifest
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
