/** A block of a corpus in memory, and where in it the records are. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { Random } from '../../../core/plugin.ts'
import { type Source, sourceOf } from '../copy.ts'
import { bytesOf, type Corpus, fileOf, firstOf, offsetOf } from './index-of-blocks.ts'
import type { Split } from './split.ts'

export class Block {
  number = -1
  source: Source = sourceOf(Buffer.alloc(0))
  starts = new Uint32Array(0)
  ends = new Uint32Array(0)

  /** Reads block `number`, in place of the one that was here. @param shuffle draws the order of its records */
  read(corpus: Corpus, number: number, files: OpenFile, split: Split, shuffle: Random | undefined): void {
    const size = bytesOf(corpus, number)
    const count = firstOf(corpus, number + 1) - firstOf(corpus, number)
    this.number = -1
    if (this.source.bytes.length < size) this.source = sourceOf(Buffer.allocUnsafeSlow(size))
    if (this.starts.length < count) {
      this.starts = new Uint32Array(count)
      this.ends = new Uint32Array(count)
    }
    const bytes = this.source.bytes.subarray(0, size)
    files.read(corpus.files[fileOf(corpus, number)] as string, bytes, offsetOf(corpus, number))
    const { starts, ends } = this
    let found = 0
    split(bytes, true, (start, end) => {
      starts[found] = start
      ends[found++] = end
    })
    if (found !== count) throw changed(corpus.files[fileOf(corpus, number)] as string)
    if (shuffle) this.#shuffle(count, number, shuffle)
    this.number = number
  }

  #shuffle(count: number, number: number, random: Random): void {
    const { starts, ends } = this
    random.seek(number)
    for (let i = count - 1; i > 0; i--) {
      const j = random.int(i + 1)
      const [start, end] = [starts[i] as number, ends[i] as number]
      starts[i] = starts[j] as number
      ends[i] = ends[j] as number
      starts[j] = start
      ends[j] = end
    }
  }
}

/** The file that was read last stays open: mostly the next block is of it too. */
export class OpenFile {
  #path = ''
  #descriptor = -1

  /** Fills `to` from `offset` of the file. */
  read(path: string, to: Buffer, offset: number): void {
    if (path !== this.#path) {
      this.close()
      this.#descriptor = openSync(path, 'r')
      this.#path = path
    }
    for (let at = 0; at < to.length; ) {
      const read = readSync(this.#descriptor, to, at, to.length - at, offset + at)
      if (read === 0) throw changed(path)
      at += read
    }
  }
  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor)
    this.#descriptor = -1
    this.#path = ''
  }
}

const changed = (file: string) => new Error(`${file} is not what it was when it was checked, before the run`)
