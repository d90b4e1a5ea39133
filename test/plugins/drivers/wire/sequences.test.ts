import { describe, expect, it } from 'vitest'
import { Batch } from '../../../../plugins/drivers/wire/producer/batch.ts'
import { PartitionQueue } from '../../../../plugins/drivers/wire/producer/queue.ts'
import { type Identity, Sequences } from '../../../../plugins/drivers/wire/producer/sequences.ts'

function batchOf(count: number, baseSequence: number): Batch {
  const batch = new Batch()
  batch.open(0, 0, baseSequence, 0, Buffer.alloc(100))
  batch.count = count
  return batch
}

async function begun(...identities: Identity[]) {
  let arrivals = 0
  const asked: Identity[] = [...identities]
  const queue = new PartitionQueue(0)
  const sequences = new Sequences(
    async () => asked.shift() ?? Promise.reject(new Error('no more')),
    () => arrivals++,
  )
  await sequences.begin([queue])
  return { queue, sequences, arrivals: () => arrivals }
}
/** Sends the oldest batch, as the lane does. */
function send(queue: PartitionQueue, sequences: Sequences): Batch {
  expect(sequences.mayGo(queue)).toBe(true)
  const batch = queue.closed.shift()!
  sequences.give(queue, batch)
  queue.sent.push(batch)
  return batch
}

describe('sequences', () => {
  it('are given when a batch is first sent, and begin again at 0 after 31 bits', async () => {
    const { queue, sequences } = await begun({ producerId: 5n, producerEpoch: 0 })
    queue.known = true
    queue.nextSequence = 0x7fff_fffe
    queue.putBack(batchOf(3, 0), batchOf(4, 3))
    const first = send(queue, sequences)
    expect([first.sequence, send(queue, sequences).sequence, queue.nextSequence]).toEqual([0x7fff_fffe, 1, 5])
    queue.unsend(first)
    queue.putBack(first)
    expect(send(queue, sequences).sequence).toBe(0x7fff_fffe)
  })

  it('of the first batch are acked before a second one goes', async () => {
    const { queue, sequences } = await begun({ producerId: 5n, producerEpoch: 0 })
    queue.putBack(batchOf(1, 0), batchOf(1, 1))
    const first = send(queue, sequences)
    expect(sequences.mayGo(queue)).toBe(false)
    queue.unsend(first)
    sequences.acked(queue)
    expect(sequences.mayGo(queue)).toBe(true)
  })

  it('go again one at a time, the oldest first', async () => {
    const { queue, sequences } = await begun({ producerId: 5n, producerEpoch: 0 })
    queue.known = true
    queue.putBack(batchOf(1, 0), batchOf(1, 1), batchOf(1, 2))
    const [a, b] = [send(queue, sequences), send(queue, sequences)]
    for (const batch of [b, a]) {
      queue.unsend(batch)
      queue.putBack(batch)
    }
    expect(queue.closed.map(each => each.baseSequence)).toEqual([0, 1, 2])
    expect(send(queue, sequences)).toBe(a)
    expect(sequences.mayGo(queue)).toBe(false)
  })

  it('begin anew after a gap; what may have been written does not come along', async () => {
    const { queue, sequences } = await begun({ producerId: 5n, producerEpoch: 7 })
    queue.known = true
    queue.putBack(batchOf(1, 0), batchOf(1, 1), batchOf(1, 2), batchOf(1, 3))
    const [a, b, c] = [send(queue, sequences), send(queue, sequences), send(queue, sequences)]
    queue.unsend(a)
    sequences.givenUp(queue, a)
    b.maybeWritten = true
    for (const batch of [b, c]) {
      queue.unsend(batch)
      batch.outOfOrder = true
      queue.putBack(batch)
    }
    expect([sequences.mayGo(queue), sequences.isStuck(queue)]).toEqual([false, true])
    expect(sequences.renew(queue)).toEqual([b])
    expect([queue.producerId, queue.producerEpoch, queue.gap]).toEqual([5n, 8, false])
    expect(send(queue, sequences)).toBe(c)
    expect([c.producerEpoch, c.sequence]).toEqual([8, 0])
  })

  it('find a gap closed when a later batch is acked', async () => {
    const { queue, sequences } = await begun({ producerId: 5n, producerEpoch: 0 })
    queue.known = true
    queue.putBack(batchOf(1, 0), batchOf(1, 1), batchOf(1, 2))
    const [a, b] = [send(queue, sequences), send(queue, sequences)]
    queue.unsend(a)
    sequences.givenUp(queue, a)
    expect(sequences.mayGo(queue)).toBe(false)
    queue.unsend(b)
    sequences.acked(queue)
    expect(send(queue, sequences)).toMatchObject({ producerEpoch: 0, sequence: 2 })
  })

  it('get another producer id when there is no higher epoch', async () => {
    const { queue, sequences, arrivals } = await begun(
      { producerId: 5n, producerEpoch: 32_767 },
      { producerId: 6n, producerEpoch: 0 },
    )
    queue.gap = true
    queue.putBack(batchOf(1, 0))
    expect(sequences.renew(queue)).toEqual([])
    expect([sequences.mayGo(queue), sequences.isStuck(queue)]).toEqual([false, false])
    await expect.poll(arrivals).toBe(1)
    expect(send(queue, sequences)).toMatchObject({ producerId: 6n, producerEpoch: 0, sequence: 0 })
    sequences.close()
  })
})
