/**
 * Outputs of a running stage, moved aside so that a stage that fails, or is
 * killed together with the engine, leaves what was there before. A manifest is
 * written before the first rename; whoever starts next finds it and puts things back.
 */

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { isProcessAlive } from '../../core/alive-process.ts'
import { asWriteError, systemCode, writeFileAtomically } from '../../core/atomic-file.ts'
import { existsNow } from '../repository/text-file.ts'
import { lockLocation } from '../repository/snapshot.ts'
import type { Stage } from '../stages/stage.ts'
import { areAsRecorded, type NamedPath, type RecordHome, type RecordName } from './recorded-file.ts'

/** What is needed of a repository here. */
export interface AsideFolders extends RecordHome {
  /** `.dvc/tmp/mlpt` */
  readonly stateFolder: string
}

interface Manifest {
  readonly stage: string
  readonly record: RecordName
  readonly outputs: readonly AsideOutput[]
}

interface AsideOutput extends NamedPath {
  /** When nothing was there before, whatever is there at recovery is half-written. */
  readonly existed: boolean
}

/** Outputs that wait until their stage has succeeded or failed. */
export interface Aside {
  /** Forgets what was there before. */
  drop(): Promise<void>
  /** Removes what a failed attempt of the stage wrote, before the next attempt. */
  clear(): Promise<void>
  /** Removes what the stage wrote and puts back what was there before. */
  restore(): Promise<void>
}

/** What the stages of one run have moved aside. Disposing it removes what is left of folders that served. */
export interface Asides extends Disposable {
  /**
   * Moves a stage's outputs aside, except those that persist.
   *
   * @throws {ToolkitError} `FILE_WRITE_FAILED`
   */
  moveAside(stage: Stage): Promise<Aside>
}

/** Folders that have served are used again: making one takes longer than many a stage. */
export function openAsides(folders: AsideFolders): Asides {
  const free: string[] = []
  let count = 0
  return {
    moveAside: (stage) => {
      const folder = free.pop() ?? join(asideFolder(folders), `${process.pid}-${count++}`)
      return moveOutputs(folders, stage, { folder, reuse: () => free.push(folder) })
    },
    [Symbol.dispose]: () => {
      for (const folder of free) rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface AsideFolder {
  readonly folder: string
  /** Called when nothing is in it any more that counts. */
  readonly reuse: () => void
}

async function moveOutputs(
  folders: AsideFolders,
  stage: Stage,
  { folder, reuse }: AsideFolder,
): Promise<Aside> {
  const outputs: AsideOutput[] = []
  const { root } = folders
  for (const { path: name, location, isPersistent } of stage.outputs) {
    if (isPersistent) continue
    outputs.push({ name, path: relative(root, location), existed: existsNow(location) })
  }
  const record = { lock: relative(root, lockLocation(root, stage)), name: stage.name }
  const manifest: Manifest = { stage: stage.address, record, outputs }
  const isKept = outputs.some(({ existed }) => existed)
  await writeManifest(folder, manifest, isKept)
  const aside: Aside = {
    drop: async () => {
      if (isKept) {
        await dropFolder(folder)
        return
      }
      retireManifest(folder)
      reuse()
    },
    clear: async () => {
      for (const { path } of outputs) {
        await rm(join(folders.root, path), { recursive: true, force: true })
      }
    },
    restore: () => restoreOutputs(folders, folder, manifest),
  }
  try {
    for (const [i, { path, existed }] of outputs.entries()) {
      if (existed) await move(join(folders.root, path), join(folder, String(i)))
    }
  } catch (error) {
    await aside.restore()
    throw error
  }
  return aside
}

const manifestName = 'manifest.json'
const retiredName = `${manifestName}.tmp`

/** Only what has been moved is worth waiting for the disk. */
async function writeManifest(folder: string, manifest: Manifest, isKept: boolean): Promise<void> {
  const text = JSON.stringify(manifest)
  const path = join(folder, manifestName)
  if (isKept) {
    await writeFileAtomically(path, text)
    return
  }
  try {
    // Mostly it has served before.
    if (!existsNow(folder)) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, retiredName), text)
    renameSync(join(folder, retiredName), path)
  } catch (error) {
    throw asWriteError(path, error)
  }
}

/** Without its name it counts no more; the file serves again. */
function retireManifest(folder: string): void {
  const path = join(folder, manifestName)
  try {
    renameSync(path, join(folder, retiredName))
  } catch (error) {
    // Somebody who cleared the state folder meanwhile is no reason to fail.
    if (systemCode(error) !== 'ENOENT') throw asWriteError(path, error)
  }
}

function asideFolder({ stateFolder }: AsideFolders): string {
  return join(stateFolder, 'aside')
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw asWriteError(from, error)
    await moveAcross(from, to)
  }
}

/** Between file systems, as where a folder of outputs is a volume: copied, then removed. */
async function moveAcross(from: string, to: string): Promise<void> {
  try {
    const options = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true }
    await cp(from, `${to}.part`, options)
    await rename(`${to}.part`, to)
    await rm(from, { recursive: true, force: true })
  } catch (error) {
    throw asWriteError(to, error)
  }
}

/** The manifest goes first: without it, the rest is only rubbish. */
async function dropFolder(folder: string): Promise<void> {
  await rm(join(folder, manifestName), { force: true })
  await rm(folder, { recursive: true, force: true })
}

async function restoreOutputs(
  folders: AsideFolders,
  folder: string,
  manifest: Manifest,
): Promise<void> {
  for (const [i, { path, existed }] of manifest.outputs.entries()) {
    const location = join(folders.root, path)
    const kept = join(folder, String(i))
    // One that existed and is not kept here was never moved, or is back already.
    const isKept = existed && existsNow(kept)
    if (existed && !isKept) continue
    await rm(location, { recursive: true, force: true })
    if (!isKept) continue
    await mkdir(dirname(location), { recursive: true })
    await move(kept, location)
  }
  await dropFolder(folder)
}

/** Whether there is something to put back that no living engine is going to. */
export function isLeftAside(folders: AsideFolders): boolean {
  return listFolder(asideFolder(folders)).some((name) => !isProcessAlive(Number.parseInt(name, 10)))
}

/**
 * Puts back what a killed engine had moved aside, unless the stage was done already, or somebody has
 * finished it since. To be called by whoever holds the lock, before anything is read.
 *
 * @returns the names of the stages that were running
 */
export async function recoverAside(folders: AsideFolders): Promise<string[]> {
  const stages: string[] = []
  for (const name of listFolder(asideFolder(folders))) {
    const folder = join(asideFolder(folders), name)
    const manifest = await readManifest(join(folder, manifestName))
    if (
      manifest === undefined ||
      (await areAsRecorded(folders, manifest.record, manifest.outputs))
    ) {
      await dropFolder(folder)
      continue
    }
    await restoreOutputs(folders, folder, manifest)
    stages.push(manifest.stage)
  }
  return stages
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    // Written whole or not at all by `moveOutputs`, so its shape is known.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return JSON.parse(await readFile(path, 'utf8')) as Manifest
  } catch (error) {
    // One that a stopped machine has emptied had nothing to name: before a move it is on the disk.
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}
