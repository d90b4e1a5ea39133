import type { Partition } from '../log/partition.ts'

export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'

export const transactionStates: readonly TransactionState[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
]

export const NO_PRODUCER = -1n
export const NO_EPOCH = -1
/** From here on a producer id has no epoch left to give out: the very last one stays for fencing. */
const LAST_EPOCH = 0x7fff - 1

/** What an entry takes besides its texts, in bytes, roughly. */
const ENTRY_BYTES = 512
const PARTITION_BYTES = 64

/** Who sends, as requests of transactions say it. */
export interface ProducerEpoch {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** Memory that a transactional id takes, in bytes, roughly. */
export function transactionBytes(id: string): number {
  return ENTRY_BYTES + 2 * id.length
}

/** Memory that partitions and groups in a transaction take, in bytes, roughly. */
export function contentBytes(partitions: number, groups: Iterable<string>): number {
  let bytes = PARTITION_BYTES * partitions
  for (const group of groups) bytes += PARTITION_BYTES + 2 * group.length
  return bytes
}

/** What is known of one transactional id: its producer, and its current or last transaction. */
export class Transaction {
  readonly id: string
  timeoutMs = 0
  producerId: bigint
  producerEpoch = NO_EPOCH
  /** The epoch before a bump that the producer itself asked for: it may repeat the request. */
  lastEpoch = NO_EPOCH
  previousProducerId = NO_PRODUCER
  /** Takes over once the markers are written; `NO_PRODUCER` unless the epochs ran out. */
  nextProducerId = NO_PRODUCER
  state: TransactionState = 'Empty'
  /** Whether the last transaction was ended by a client that gets a new epoch with each end. */
  epochBumped = false
  /** When the transaction began, in ms; −1 before the first. */
  startMs = -1
  /** What it writes to, with the topics' names. While it ends: those that still wait for their marker. */
  readonly partitions = new Map<Partition, string>()
  /** Groups that offsets are committed for. */
  readonly groups = new Set<string>()
  /** Aborts it when it takes too long. */
  timer: NodeJS.Timeout | undefined

  constructor(id: string, producerId: bigint) {
    this.id = id
    this.producerId = producerId
  }

  /** Whether the producer id has no further epoch. */
  get exhausted(): boolean {
    return isLastEpoch(this.producerEpoch)
  }

  /** Whether markers are still to be written. */
  get ending(): boolean {
    return this.state === 'PrepareCommit' || this.state === 'PrepareAbort'
  }

  /** Whether it may be forgotten. */
  get idle(): boolean {
    return this.state !== 'Ongoing' && !this.ending
  }

  get bytes(): number {
    return transactionBytes(this.id) + contentBytes(this.partitions.size, this.groups)
  }
}

export function isLastEpoch(epoch: number): boolean {
  return epoch >= LAST_EPOCH
}
