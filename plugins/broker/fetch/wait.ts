import type { Context } from '../handler.ts'
import type { Partition } from '../log/partition.ts'
import { errorOf, type Reader, readableEnd } from './read.ts'
import { locate, type Wanted } from './wanted.ts'

/** What it takes to watch a partition, in bytes, roughly; and to ask for one that is not there. */
const WATCHED_BYTES = 512
const ASKED_BYTES = 16

interface Watched {
  readonly wanted: Wanted
  readonly partition: Partition
  /** Bytes there for the reader when last looked at. */
  bytes: number
}

/**
 * Waits until the partitions have `minBytes` together or one has an error to tell (it is deleted, its leader moves, its
 * records go), `maxWaitMs` is over, or the connection is gone.
 */
export function waitFor(
  all: readonly Wanted[],
  minBytes: number,
  maxWaitMs: number,
  reader: Reader,
  { closed, hold }: Pick<Context, 'closed' | 'hold'>,
): Promise<void> {
  return new Promise(resolve => {
    let total = 0
    let over = false
    const unsubscribe: (() => void)[] = []
    const done = () => {
      clearTimeout(timer)
      closed.removeEventListener('abort', done)
      for (const each of unsubscribe) each()
      resolve()
    }
    const look = (watched: Watched) => {
      if (over) return
      const now = bytesOf(watched, reader)
      total += now - watched.bytes
      watched.bytes = now
      if (total < minBytes) return
      over = true
      // Later in this turn, so that one answer carries everything that one Produce request brought.
      setImmediate(done)
    }
    const timer = setTimeout(done, maxWaitMs)
    closed.addEventListener('abort', done)
    for (const wanted of all) {
      const partition = locate(wanted, reader.cluster, reader.byId)
      if (typeof partition === 'number') continue
      const watched = { wanted, partition, bytes: 0 }
      unsubscribe.push(partition.log.onAppend(() => look(watched)))
      look(watched)
    }
    hold(WATCHED_BYTES * unsubscribe.length + ASKED_BYTES * all.length)
  })
}

function bytesOf({ wanted, partition }: Watched, reader: Reader): number {
  if (errorOf(partition, wanted, reader) !== 0) return Number.POSITIVE_INFINITY
  const { offset, maxBytes } = wanted
  return Math.min(partition.log.bytesFrom(offset, readableEnd(partition, reader)), maxBytes)
}
