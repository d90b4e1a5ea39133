/** What a member has of its group: partitions, positions in them, and what of these the group knows. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Offsets } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { backoffMs } from '../cluster.ts'
import { BrokerError } from '../failure.ts'
import { commitOffsets, type Identity, type PartitionName } from './offsets.ts'
import type { Partition } from './partition.ts'
import { type PositionOptions, resolvePositions } from './positions.ts'
import type { Reports } from './reports.ts'
import { isPassing, isRejoin } from './retrying.ts'

/** Longest that giving partitions up waits for a commit: others wait for them. */
const FAREWELL_MS = 3000

export interface HoldingsOptions extends PositionOptions {
  readonly topics: readonly string[]
  readonly reports: Reports
  readonly timeoutUs: number
  /** ms between automatic commits; 0: none, not even of what is given up. */
  readonly commitMs: number
  readonly identity: () => Identity
  /** These are to be read from now on, and no others. */
  readonly assign: (partitions: readonly Partition[]) => void
}

export class Holdings {
  readonly #o: HoldingsOptions
  readonly #over = new AbortController()
  readonly #commits: NodeJS.Timeout | undefined
  #partitions: readonly Partition[] = []
  #reading: readonly Partition[] = []
  /** Another assignment has come since when it is not the same. */
  #turn = 0
  /** Counts how often the group had given everything to others. */
  #losses = 0
  /** Since then there was no other assignment. */
  #lost = false

  constructor(options: HoldingsOptions) {
    this.#o = options
    const { commitMs } = options
    if (commitMs > 0) this.#commits = setInterval(() => void this.#commitQuietly(), commitMs).unref()
  }

  /** Those of the last assignment that was settled, until there is another one. */
  get partitions(): readonly Partition[] {
    return this.#partitions
  }

  /** Whether it is these that are read at present. */
  are(names: readonly PartitionName[]): boolean {
    return names.length === this.#reading.length && this.#reading.every(isAmong(names))
  }

  /**
   * Reads these from now on: goes on with those it has, and begins with the others once it has positions for all of them,
   * so that subscribing can say "from here on nothing is missed". What the group does not know yet is committed, so that
   * whoever gets the partition next begins at the same place.
   * @returns false when it was revoked meanwhile, or another assignment came.
   * @throws what trying again does not help.
   */
  async settle(assigned: readonly PartitionName[]): Promise<boolean> {
    const { cluster, topics, reports } = this.#o
    const turn = ++this.#turn
    const current = () => turn === this.#turn && !this.#over.signal.aborted
    for (let failures = 1; current(); failures++) {
      try {
        const added = assigned.filter(name => !this.#reading.some(same(name)))
        const resolved = await resolvePositions(this.#o, added, this.#partitions)
        if (!current()) return false
        await this.#commitAll(resolved.filter(each => each.committed < 0))
        if (!current()) return false
        this.#partitions = [...this.#reading.filter(isAmong(assigned)), ...resolved]
        this.#lost = false
        this.#read(this.#partitions)
        return true
      } catch (error) {
        if (!current()) return false
        // as a rule the next heartbeat says so too, and this was the last try
        if (!isRejoin(error)) {
          if (!isPassing(error)) throw error
          reports.failure(error as Error)
          await cluster.refresh(topics).catch(reason => reports.failure(reason as Error))
        }
        await this.#sleep(backoffMs(failures))
      }
    }
    return false
  }

  /**
   * Reads what it has on from where the group knows it to be, whatever it has delivered since. An assignment that comes meanwhile
   * is another reason to look.
   * @throws what trying again does not help.
   */
  async rewind(): Promise<void> {
    const { cluster, topics, reports } = this.#o
    for (let failures = 1; !this.#over.signal.aborted; ) {
      const turn = this.#turn
      const names = this.#reading.map(({ topic, number }) => ({ topic, partition: number }))
      try {
        const resolved = await resolvePositions(this.#o, names, [])
        if (this.#over.signal.aborted) return
        if (turn !== this.#turn) continue
        this.#partitions = resolved
        this.#read(resolved)
        return
      } catch (error) {
        // one that has to join anew has other partitions soon
        if (!isPassing(error) && !isRejoin(error)) throw error
        if (!isRejoin(error)) reports.failure(error as Error)
        await cluster.refresh(topics).catch(reason => reports.failure(reason as Error))
        await this.#sleep(backoffMs(failures++))
      }
    }
  }

  /**
   * Nothing but these is delivered from here on. How far the others were read is committed.
   * @param lost the group has given them to others by now: nothing is committed.
   */
  async revoke(keep: readonly PartitionName[], lost = false): Promise<void> {
    this.#turn++
    if (lost) {
      this.#losses++
      this.#lost = true
    }
    const going = this.#reading.filter(each => !isAmong(keep)(each))
    if (going.length === 0) return
    this.#read(this.#reading.filter(isAmong(keep)))
    if (!lost && this.#o.commitMs > 0) await this.#commitQuietly(going, FAREWELL_MS)
  }

  #read(partitions: readonly Partition[]): void {
    this.#reading = partitions
    this.#o.assign(partitions)
  }

  /**
   * @param offsets by default how far it has read what it has.
   * @throws BrokerError when it is refused, or the group has given everything to others meanwhile; after `timeoutUs` also for
   * what might have passed.
   */
  async commit(offsets: readonly Offsets[] = this.#lost ? [] : positionsOf(this.#partitions)): Promise<void> {
    if (offsets.length > 0) await this.#commitWithin(this.#o.timeoutUs / 1000, offsets)
  }

  async #commitWithin(ms: number, offsets: readonly Offsets[]): Promise<void> {
    const { coordinator, identity } = this.#o
    const end = performance.now() + ms
    const losses = this.#losses
    for (let failures = 1; ; failures++) {
      try {
        await commitOffsets(coordinator, identity(), offsets)
        return
      } catch (error) {
        // the epoch that the group has by now comes with the answer to a heartbeat
        const stale = error instanceof BrokerError && error.code === errorCodes.STALE_MEMBER_EPOCH
        if (!(stale || isPassing(error)) || performance.now() > end) throw error
        await sleep(backoffMs(failures))
        // by now others read it, and may have got further
        if (losses !== this.#losses) throw error
      }
    }
  }

  async #commitAll(partitions: readonly Partition[], ms = 0): Promise<void> {
    if (partitions.length === 0) return
    const offsets = positionsOf(partitions)
    await this.#commitWithin(ms, offsets)
    for (const [i, each] of partitions.entries()) each.committed = (offsets[i] as Offsets).offset
  }

  async #commitQuietly(of = this.#reading, ms = 0): Promise<void> {
    try {
      const behind = of.filter(each => each.committed !== each.offset)
      await this.#commitAll(behind, ms)
    } catch (error) {
      if (!isRejoin(error)) this.#o.reports.error('CommitFailed', (error as Error).message)
    }
  }

  /** Nothing is delivered from here on, nor committed but by `revoke`. */
  end(): void {
    this.#over.abort()
    clearInterval(this.#commits)
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#over
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/** Next offset to read of each. */
export function positionsOf(partitions: readonly Partition[]): Offsets[] {
  return partitions.map(({ topic, number: partition, offset }) => ({ topic, partition, offset }))
}

function same({ topic, partition }: PartitionName) {
  return (each: Partition) => each.number === partition && each.topic === topic
}

function isAmong(names: readonly PartitionName[]) {
  return ({ topic, number }: Partition) =>
    names.some(name => name.partition === number && name.topic === topic)
}
