import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogMemory } from '../../../plugins/broker/log/memory.ts'
import { PartitionLog } from '../../../plugins/broker/log/partition-log.ts'
import { readBatchHeader } from '../../../plugins/protocol/batch.ts'
import { batchOf } from './client.ts'

interface Written {
  readonly first: number
  readonly last: number
  readonly bytes: number
  readonly timestamp: number
}

function append(log: PartitionLog, count: number, bytes: number, timestamp: number): Written {
  const batch = batchOf(count, bytes, { timestamp })
  const first = log.logEndOffset
  log.append(batch, count, 0, timestamp)
  return { first, last: first + count - 1, bytes: batch.length, timestamp }
}

/** The batches in what a read gave, by their headers. */
function batchesIn(slices: readonly Buffer[]): { first: number; last: number }[] {
  const all = Buffer.concat(slices)
  const found = []
  for (let at = 0; at < all.length; ) {
    const { baseOffset, lastOffsetDelta, sizeInBytes } = readBatchHeader(all, at)
    found.push({ first: baseOffset, last: baseOffset + lastOffsetDelta })
    at += sizeInBytes
  }
  return found
}

const batches = fc.array(
  fc.record({
    log: fc.nat(2),
    count: fc.integer({ min: 1, max: 5 }),
    bytes: fc.oneof(fc.nat(100), fc.nat(6000)),
    timestamp: fc.nat(1000),
  }),
  { minLength: 1, maxLength: 120 },
)

describe('the logs of a broker', () => {
  it('keep what was written last, in order, within their bound', () => {
    fc.assert(
      fc.property(batches, given => {
        const memory = new LogMemory(64 * 1024)
        const logs = [0, 1, 2].map(() => new PartitionLog(memory))
        const written: Written[][] = [[], [], []]
        for (const each of given) {
          const log = logs[each.log]!
          written[each.log]!.push(append(log, each.count, each.bytes, each.timestamp))
          expect(memory.held).toBeLessThanOrEqual(64 * 1024)
          expect(memory.held).toBe(logs.reduce((sum, one) => sum + one.memory, 0))
          // Whatever else had to go: the batch that was just written is there.
          expect(batchesIn(log.read(log.logEndOffset - 1, 1e9, true))).toHaveLength(1)
        }
        for (const [at, log] of logs.entries()) checkReads(log, written[at]!)
      }),
    )
  })

  function checkReads(log: PartitionLog, written: readonly Written[]): void {
    const kept = written.filter(each => each.first >= log.logStartOffset)
    for (const { first, last, timestamp } of kept) {
      expect(batchesIn(log.read(last, 1e9, true))).toEqual(
        kept.filter(each => each.first >= first).map(each => ({ first: each.first, last: each.last })),
      )
      const byTime = kept.find(each => each.timestamp >= timestamp)
      expect(log.offsetForTime(timestamp)).toEqual({
        timestamp: byTime?.timestamp,
        offset: byTime?.first,
        leaderEpoch: 0,
      })
    }
    const latest = Math.max(-1, ...kept.map(each => each.timestamp))
    expect(log.latestTimestamp()).toEqual({
      timestamp: latest,
      offset: kept.find(each => each.timestamp === latest)?.first ?? -1,
      leaderEpoch: latest < 0 ? -1 : 0,
    })
    expect(log.offsetForTime(1001)).toEqual({ timestamp: -1, offset: -1, leaderEpoch: -1 })
    expect(log.read(log.logEndOffset, 1e9, true)).toEqual([])
    expect(log.bytesFrom(log.logStartOffset)).toBe(kept.reduce((sum, each) => sum + each.bytes, 0))
  }

  it('read whole batches up to a number of bytes, and one at least when asked to', () => {
    const log = new PartitionLog(new LogMemory(1024 * 1024))
    const written = Array.from({ length: 50 }, () => append(log, 2, 1000, 5))
    const size = written[0]!.bytes
    expect(batchesIn(log.read(0, 3 * size, false))).toHaveLength(3)
    expect(batchesIn(log.read(1, 3 * size + 1, false))).toHaveLength(3)
    expect(log.read(0, size - 1, false)).toEqual([])
    expect(batchesIn(log.read(0, size - 1, true))).toHaveLength(1)
    expect(batchesIn(log.read(0, 0, true))).toHaveLength(1)
    expect(batchesIn(log.read(0, 1e9, false))).toHaveLength(50)
  })

  it('hold one batch that is larger than the bound, and nothing beside it', () => {
    const memory = new LogMemory(64 * 1024)
    const [small, large] = [new PartitionLog(memory), new PartitionLog(memory)]
    append(small, 1, 10, 0)
    append(large, 1, 200_000, 0)
    expect([small.logStartOffset, small.logEndOffset]).toEqual([1, 1])
    expect(batchesIn(large.read(0, 1, true))).toEqual([{ first: 0, last: 0 }])
    append(small, 1, 10, 0)
    expect([large.logStartOffset, large.logEndOffset]).toEqual([1, 1])
    expect(memory.held).toBeLessThanOrEqual(64 * 1024)
  })

  it('do not change what a read has given, whatever is written later', () => {
    const memory = new LogMemory(64 * 1024)
    const log = new PartitionLog(memory)
    for (let n = 0; n < 4; n++) append(log, 1, 1000, 0)
    const read = log.read(0, 1e9, true)
    const copy = read.map(each => Buffer.from(each))
    for (let n = 0; n < 200; n++) append(log, 1, 1000, 0)
    expect(log.logStartOffset).toBeGreaterThan(4)
    expect(Buffer.concat(read).equals(Buffer.concat(copy))).toBe(true)
  })

  it('give away no more memory than twice what a read asks for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2000, max: 9000 }), { minLength: 20 }),
        fc.nat(99),
        (sizes, at) => {
          const log = new PartitionLog(new LogMemory(16 * 1024 * 1024))
          for (const bytes of sizes) append(log, 1, bytes, 0)
          for (const maxBytes of [5000, 20_000, 70_000]) {
            for (const slice of log.read(at % sizes.length, maxBytes, true)) {
              // Small ones are cut from the runtime's own pool.
              expect(slice.buffer.byteLength).toBeLessThanOrEqual(Math.max(2 * slice.length, Buffer.poolSize))
            }
          }
        },
      ),
    )
  })

  it('wake who waits for records that are dropped', () => {
    const memory = new LogMemory(64 * 1024)
    const [waited, other] = [new PartitionLog(memory), new PartitionLog(memory)]
    append(waited, 1, 10, 0)
    let woken = 0
    waited.onAppend(() => woken++)
    while (waited.logStartOffset === 0) append(other, 1, 5000, 0)
    expect(woken).toBe(1)
  })

  it('give their memory back when they are deleted', () => {
    const memory = new LogMemory(1024 * 1024)
    const log = new PartitionLog(memory)
    let woken = 0
    log.onAppend(() => woken++)
    for (let n = 0; n < 100; n++) append(log, 1, 1000, 0)
    expect(memory.held).toBeGreaterThan(100_000)
    log.delete()
    expect([memory.held, woken, log.deleted]).toEqual([0, 1, true])
  })
})
