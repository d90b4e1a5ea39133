import { afterAll, beforeAll, expect, it } from 'vitest'
import { add, end, type Identity, init, send } from '../../broker/transactional.ts'
import { Fixture, read, until } from './consumer/fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await Fixture.open()
})
afterAll(() => f.close())

/** A transactional producer of one partition. */
async function producer(id: string, topic: string) {
  const client = await f.client()
  const who: Identity = await init(client, id)
  let sequence = 0
  return {
    async write(...values: string[]) {
      await add(client, id, who, topic, [0])
      await send(client, topic, who, sequence, values, { transactionalId: id })
      sequence += values.length
    },
    end: (committed: boolean) => end(client, id, who, committed),
  }
}
const at = (topic: string) => [{ topic, partition: 0, offset: 0 }]
const inOrder = (all: readonly { readonly value: string | null }[]) => all.map(each => each.value)

it.each([
  ['in one answer', {}],
  // each batch comes alone: markers are always in another answer than what they end
  ['batch by batch', { partitionBytes: 1, maxBytes: 1 }],
])('transactions are seen as the isolation says, %s', async (how, tuning) => {
  const topic = await f.topic()
  const [a, b] = [await producer(`a ${how}`, topic), await producer(`b ${how}`, topic)]
  await a.write('a1')
  await b.write('b1', 'b2')
  await a.write('a2')
  await f.write(topic, 0, ['plain'])
  await a.end(false)
  await b.write('b3')
  await b.end(true)
  await a.write('a3', 'a4')
  await a.end(true)
  await a.write('a5')
  await a.end(false)
  await b.write('b4')
  await b.end(false)
  const all = ['a1', 'b1', 'b2', 'a2', 'plain', 'b3', 'a3', 'a4', 'a5', 'b4']
  const left = ['b1', 'b2', 'plain', 'b3', 'a3', 'a4']
  const committed = await f.assigned(at(topic), { isolation: 'read_committed' }, tuning)
  const uncommitted = await f.assigned(at(topic), { isolation: 'read_uncommitted' }, tuning)
  expect(inOrder(await read(committed, left.length))).toEqual(left)
  expect(inOrder(await read(uncommitted, all.length))).toEqual(all)
  // ten records and five markers
  for (const each of [committed, uncommitted]) {
    await read(each, 0)
    expect(each.position()[0]!.offset).toBe(15)
    expect(each.lag()[0]!.lag).toBe(0)
    expect(each.events).toEqual([])
    await each.leave()
  }
})

it('a transaction that is open holds back what comes after it, until it ends', async () => {
  const topic = await f.topic()
  const a = await producer('open', topic)
  await f.write(topic, 0, ['before'])
  await a.write('within')
  await f.write(topic, 0, ['after'])
  const consumer = await f.assigned(at(topic))
  expect(inOrder(await read(consumer, 1))).toEqual(['before'])
  expect(consumer.lag()[0]!.lag).toBe(0)
  const fromEnd = await f.member(topic, 'from-end', { from: 'latest' })
  expect(fromEnd.position()[0]!.offset).toBe(1)
  await a.end(true)
  expect(inOrder(await read(consumer, 2))).toEqual(['within', 'after'])
  expect(inOrder(await read(fromEnd, 2))).toEqual(['within', 'after'])
  await until('the marker is passed', async () => {
    await read(consumer, 0)
    return consumer.position()[0]!.offset === 4
  })
  await Promise.all([consumer.leave(), fromEnd.leave()])
})
