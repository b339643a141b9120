/**
 * Compiles src/training/kernels/assembly/<name>.ts (AssemblyScript) to WebAssembly and writes it, as
 * base64, to src/training/kernels/<name>-wasm.ts, which is kept in git: nobody needs the compiler to
 * run what is here. With --check it writes nothing and fails when the bytes in git are others.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import asc from 'assemblyscript/asc'

const folder = join(import.meta.dirname, '../src/training/kernels')
const isCheck = process.argv.includes('--check')
const flags = [
  '--outFile kernel.wasm -O3 --noAssert --runtime stub',
  '--enable simd --enable threads --importMemory --sharedMemory',
  '--initialMemory 1 --maximumMemory 65536',
].flatMap((line) => line.split(' '))
let stale = 0

for (const file of readdirSync(join(folder, 'assembly')).toSorted()) {
  if (!file.endsWith('.ts')) continue
  const name = basename(file, '.ts')
  const path = join(folder, `${name}-wasm.ts`)
  const text = format(name, await compile(file))
  if (isCheck) {
    if (read(path) === text) continue
    process.stderr.write(
      `error: src/training/kernels/${name}-wasm.ts is not what assembly/${file} compiles to\n`,
    )
    process.stderr.write("  hint: run 'npm run build:kernels' and commit the result\n")
    stale++
  } else writeFileSync(path, text)
}
if (stale > 0) process.exitCode = 1

/** The memory is the caller's and shared, so that threads may work on it. */
async function compile(file) {
  let binary
  const errors = []
  const stderr = { write: (text) => errors.push(text) }
  const { error } = await asc.main([file, ...flags], {
    readFile: (name) => read(join(folder, 'assembly', name)) ?? null,
    writeFile: (_name, content) => {
      binary = content
    },
    listFiles: () => [],
    stderr,
  })
  if (error !== null) throw new Error(`${file}: ${error.message}\n${errors.join('')}`)
  return binary
}

function format(name, binary) {
  const constant = `${name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase())}Wasm`
  return `/** Compiled from assembly/${name}.ts by scripts/build-kernels.mjs: WebAssembly in base64. */
export const ${constant} =
  '${Buffer.from(binary).toString('base64')}'
`
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
