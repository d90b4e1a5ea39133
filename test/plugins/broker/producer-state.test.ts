import { describe, expect, it } from 'vitest'
import { ProducerStates, RememberedProducers } from '../../../plugins/broker/log/producer-state.ts'
import { readBatchHeader } from '../../../plugins/protocol/batch.ts'
import { batchOf } from './client.ts'

const header = (id: number, baseSequence: number) =>
  readBatchHeader(batchOf(1, 1, { producerId: BigInt(id), producerEpoch: 0, baseSequence }))

describe('the producers that a broker remembers', () => {
  it('are those that wrote last, in whichever partition', () => {
    const remembered = new RememberedProducers(10)
    const [busy, quiet] = [new ProducerStates(remembered), new ProducerStates(remembered)]
    for (let id = 1; id <= 10; id++) quiet.appended(header(id, 0), 0, -1)
    quiet.appended(header(1, 1), 10, -1)
    for (let sequence = 0; sequence < 20; sequence++) {
      for (const id of [101, 102]) {
        busy.appended(header(id, sequence), sequence, -1)
        expect(busy.check(header(id, sequence), false).kind).toBe('duplicate')
      }
    }
    for (const id of [101, 102]) expect(busy.check(header(id, 19), false).kind).toBe('duplicate')
    const known = [...quiet.active()].map(({ producerId }) => Number(producerId))
    expect(known).toEqual([1, 4, 5, 6, 7, 8, 9, 10])
  })

  it('are no more once their partition is gone', () => {
    const remembered = new RememberedProducers(2)
    const [gone, other] = [new ProducerStates(remembered), new ProducerStates(remembered)]
    for (const id of [1, 2]) gone.appended(header(id, 0), 0, -1)
    gone.clear()
    for (const id of [3, 4]) other.appended(header(id, 0), 0, -1)
    expect([...gone.active(), ...other.active()].map(each => each.producerId)).toEqual([3n, 4n])
  })
})
