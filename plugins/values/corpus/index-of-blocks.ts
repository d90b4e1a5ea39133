/** What is known of a corpus before a run: where its blocks are, and how many records each has. Its size goes with its blocks. */

/** Numbers of a block: its file, where it begins there, its bytes, and the number of its first record. */
const COLUMNS = 4

/** Goes to the workers as it is: the columns are shared memory. */
export interface Corpus {
  readonly files: readonly string[]
  readonly columns: Float64Array
  readonly records: number
  readonly bytes: number
}

export const blocksOf = (corpus: Corpus) => corpus.columns.length / COLUMNS - 1
export const fileOf = (corpus: Corpus, block: number) => corpus.columns[block * COLUMNS] as number
export const offsetOf = (corpus: Corpus, block: number) => corpus.columns[block * COLUMNS + 1] as number
export const bytesOf = (corpus: Corpus, block: number) => corpus.columns[block * COLUMNS + 2] as number
/** After the last block: how many records there are. */
export const firstOf = (corpus: Corpus, block: number) => corpus.columns[block * COLUMNS + 3] as number

export function collectBlocks(files: readonly string[]) {
  const numbers: number[] = []
  let [records, bytes] = [0, 0]
  return {
    add(file: number, offset: number, size: number, count: number): void {
      numbers.push(file, offset, size, records)
      records += count
      bytes += size
    },
    done(): Corpus {
      numbers.push(0, 0, 0, records)
      const columns = new Float64Array(new SharedArrayBuffer(numbers.length * 8))
      columns.set(numbers)
      return { files, columns, records, bytes }
    },
  }
}
