/** Reads a corpus once, before the run: every record can be read, and where the blocks are. Memory goes with a block, not with the corpus. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Expected } from '../expected.ts'
import { type Corpus, collectBlocks } from './index-of-blocks.ts'
import { type Format, LARGEST, type Prefix, type Split, SplitError, splitBy } from './split.ts'

/** Bytes that are read at once, here and in the run, unless a record is longer: 0.1 ms from the page cache. */
const BLOCK = 256 << 10

export interface Reading {
  readonly path: string
  readonly format: Format
  readonly prefix: Prefix
  /** Whether lines are parsed as JSON. */
  readonly check: boolean
}

/** @throws Expected, which names file and line */
export async function scan({ path, format, prefix, check }: Reading): Promise<Corpus> {
  const split = splitBy(format, prefix)
  const files = await filesAt(path)
  const blocks = collectBlocks(files)
  for (const [number, file] of files.entries()) {
    const handle = await open(file).catch(error => unreadable(file, error))
    try {
      const { size } = await handle.stat()
      if (format === 'files') {
        if (size > LARGEST) throw new Expected(`files of at most 16 MiB: ${file} has ${size} bytes`)
        if (size > 0) blocks.add(number, 0, size, 1)
        continue
      }
      const place = { file, handle, size, lines: format !== 'length-prefixed' }
      for await (const { offset, bytes, records } of blocksIn(place, split, check && format === 'ndjson'))
        if (records > 0) blocks.add(number, offset, bytes, records)
    } finally {
      await handle.close()
    }
  }
  const corpus = blocks.done()
  if (corpus.records === 0) throw new Expected(`at least one record in ${path}`)
  return corpus
}

/** The file itself, or all in the folder and below, by name; those whose name begins with a dot are left out. */
async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(error => unreadable(path, error))
  if (found.isFile()) return [path]
  if (!found.isDirectory()) throw new Expected(`a file or a folder: ${path} is neither`)
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(error =>
    unreadable(path, error),
  )
  const files = entries
    .filter(e => e.isFile() && !e.name.startsWith('.'))
    .map(e => join(e.parentPath, e.name))
  if (files.length === 0) throw new Expected(`a folder with files in it: ${path} has none`)
  return files.sort((a, b) => (a < b ? -1 : 1))
}

interface Place {
  readonly file: string
  readonly handle: FileHandle
  readonly size: number
  readonly lines: boolean
}

async function* blocksIn(place: Place, split: Split, json: boolean) {
  const { file, handle, size } = place
  let memory = Buffer.allocUnsafe(BLOCK)
  for (let offset = 0; offset < size; ) {
    const length = Math.min(memory.length, size - offset)
    await fill(handle, memory, length, offset, file)
    const bytes = memory.subarray(0, length)
    if (offset === 0) refuseCompressed(bytes, file)
    let records = 0
    let used: number
    try {
      used = split(bytes, offset + length === size, (start, end) => {
        records++
        if (end - start > LARGEST) throw new SplitError(start, 'records of at most 16 MiB')
        if (json) parse(bytes, start, end)
      })
    } catch (error) {
      if (!(error instanceof SplitError)) throw error
      throw new Expected(`${error.message}: ${await described(place, offset + error.at)}`)
    }
    if (used === 0) {
      if (memory.length > LARGEST)
        throw new Expected(`records of at most 16 MiB: ${await described(place, offset)}`)
      // a record is longer than the block: the block becomes as long as it has to be
      memory = Buffer.allocUnsafe(memory.length * 2)
      continue
    }
    yield { offset, bytes: used, records }
    offset += used
    if (memory.length > BLOCK) memory = Buffer.allocUnsafe(BLOCK)
  }
}

function parse(bytes: Buffer, start: number, end: number): void {
  try {
    JSON.parse(bytes.toString('utf8', start, end))
  } catch (error) {
    throw new SplitError(start, `JSON in every line, ${(error as Error).message}`)
  }
}

/** orders.ndjson:17, or the byte in a file without lines. */
async function described({ file, handle, lines }: Place, at: number): Promise<string> {
  if (!lines) return `${file}, byte ${at}`
  let line = 1
  const memory = Buffer.allocUnsafe(BLOCK)
  for (let offset = 0; offset < at; ) {
    const length = Math.min(memory.length, at - offset)
    await fill(handle, memory, length, offset, file)
    for (let i = memory.indexOf(10); i >= 0 && i < length; i = memory.indexOf(10, i + 1)) line++
    offset += length
  }
  return `${file}:${line}`
}

async function fill(
  handle: FileHandle,
  to: Buffer,
  length: number,
  offset: number,
  file: string,
): Promise<void> {
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle
      .read(to, at, length - at, offset + at)
      .catch(error => unreadable(file, error))
    if (bytesRead === 0)
      throw new Expected(`a file that stays as it is: ${file} became shorter while it was read`)
    at += bytesRead
  }
}

const COMPRESSED = { gzip: [0x1f, 0x8b, 8], zstd: [0x28, 0xb5, 0x2f, 0xfd] }

function refuseCompressed(bytes: Buffer, file: string): void {
  for (const [name, magic] of Object.entries(COMPRESSED))
    if (magic.every((byte, i) => bytes[i] === byte))
      throw new Expected(`a file that is not compressed: ${file} is ${name}, unpack it first`)
}

function unreadable(file: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException
  const why: Record<string, string> = { ENOENT: 'does not exist', EACCES: 'may not be read' }
  throw new Expected(
    `a file or folder to read: ${file} ${why[code ?? ''] ?? `cannot be read (${String(code)})`}`,
  )
}
