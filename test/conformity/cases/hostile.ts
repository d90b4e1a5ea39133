/** Answers that are none: they end their connection, and the run goes on. */
import assert from 'node:assert/strict'
import { BATCH_LOG_OVERHEAD, batchAt } from '../../../plugins/protocol/batch.ts'
import { fetch } from '../../../plugins/protocol/messages/fetch.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import type { Case } from '../case.ts'
import type { Context } from '../context.ts'
import { keepReading, read } from '../harness.ts'
import { assertHonest } from '../honest.ts'
import { type Answered, edit } from '../proxy.ts'
import { sealed } from '../stored.ts'

const QUICK = { timeout: '1s' }
const MIB = 1 << 20
/** Of an answer to Produce up to version 8: length, correlation id, then the count of topics. */
const COUNT_AT = 8

function edited(frame: Buffer, edit: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(frame)
  edit(copy)
  return copy
}

/** The first answer to Produce is spoilt: nothing that depends on it is acked by it, later records are acked. */
function spoilt(
  name: string,
  about: string,
  spoil: (frame: Buffer) => readonly Buffer[],
  [end, said]: readonly [string, RegExp] = ['with class protocol', /protocol/i],
): Case {
  return {
    name: `hostile-${name}`,
    about: `${about}: the connection is closed ${end}, memory follows nothing, later records are acked`,
    needs: ['embedded'],
    alone: true,
    config: QUICK,
    async run(context) {
      let victim: number | undefined
      const send = ({ frame, client }: Answered) => {
        if (victim !== undefined) return [frame]
        victim = client
        return spoil(frame)
      }
      const proxy = await context.proxied({
        versions: { [produce.key]: [3, 8] },
        send: { [produce.key]: send },
      })
      const { driver } = proxy
      const topic = await context.topic()
      const harness = await context.producer(topic, { deliveryTimeoutUs: 3_000_000 }, { driver })
      const assertModest = context.memory()
      for (let i = 0; i < 5; i++) harness.append()
      await context.until('the connection is closed', () => victim !== undefined && !proxy.open.has(victim))
      await harness.producer.flush(context.soon())
      assert.equal(harness.count('failed'), 0)
      for (let i = 0; i < 5; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.ok(harness.count('acked') >= 5)
      await assertHonest(context, harness, { topic })
      assertModest()
      assert.ok(
        harness.codes().some(code => said.test(code)),
        `events are ${harness.codes().join(', ') || 'none'}, of which none is ${said}`,
      )
    },
  }
}

/** The first record batch that is fetched is spoilt until it is told. */
async function spoiltBatch(context: Context, spoil: (batch: Buffer) => void): Promise<void> {
  const topic = await context.topic()
  await context.raw.write(topic, 0, ['a'])
  let mended = false
  const bad = edit(fetch, ({ responses }) => {
    for (const { partitions } of responses)
      for (const each of partitions)
        if (!mended && each.records?.length) Object.assign(each, { records: edited(each.records, spoil) })
  })
  const { driver } = await context.proxied({ edits: [bad] })
  const consumer = await context.consumer({}, driver)
  const assertModest = context.memory()
  await consumer.assign([{ topic, partition: 0, offset: 0 }])
  const reading = keepReading(consumer)
  await context.until('it is told', () => consumer.events.length > 0)
  mended = true
  await context.until('it is read', () => reading.records.length > 0)
  await reading.stop()
  const after = await read(consumer, 0)
  assert.deepEqual(
    [...reading.records, ...after].map(each => each.value),
    ['a'],
  )
  assertModest()
  await consumer.leave()
}

const LENGTHS: readonly (readonly [string, string, (batch: Buffer) => void])[] = [
  ['count', 'a batch of 2^31 - 1 records', batch => batch.writeInt32BE(2 ** 31 - 1, batchAt.recordsCount)],
  ['negative-count', 'a batch of -5 records', batch => batch.writeInt32BE(-5, batchAt.recordsCount)],
  [
    'length',
    'a batch of 2 GiB',
    batch => batch.writeInt32BE(2 ** 31 - 1 - BATCH_LOG_OVERHEAD, batchAt.batchLength),
  ],
]

export const hostile: readonly Case[] = [
  spoilt('huge-length', 'an answer says that it has 2 GiB', frame => [
    edited(frame, copy => copy.writeInt32BE(2 ** 31 - 1)),
  ]),
  spoilt(
    'long-length',
    'an answer says that it has 90 MiB, and has not',
    frame => [edited(frame, copy => copy.writeInt32BE(90 * MIB))],
    ['when the time is over', /./],
  ),
  spoilt('negative-length', 'an answer says that it has -1 bytes', frame => [
    edited(frame, copy => copy.writeInt32BE(-1)),
  ]),
  spoilt('huge-count', 'an answer says that it is about 2^31 - 1 topics', frame => [
    edited(frame, copy => copy.writeInt32BE(2 ** 31 - 1, COUNT_AT)),
  ]),
  spoilt('negative-count', 'an answer says that it is about -5 topics', frame => [
    edited(frame, copy => copy.writeInt32BE(-5, COUNT_AT)),
  ]),
  spoilt('truncated', 'an answer ends in the middle of a field, by its own length', frame => {
    const half = Buffer.from(frame.subarray(0, frame.length - 20))
    half.writeInt32BE(half.length - 4)
    return [half]
  }),
  spoilt('foreign', 'an answer is of another protocol', () => [
    Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
  ]),
  spoilt('unasked', 'an answer is to a request that nobody made', frame => [
    edited(frame, copy => copy.writeInt32BE(0x7777_7777, 4)),
  ]),
  {
    name: 'slices',
    about: 'answers that come byte by byte are answers all the same',
    needs: ['embedded'],
    alone: true,
    async run(context) {
      const send = ({ frame }: Answered) => Array.from(frame, byte => Buffer.from([byte]))
      const { driver } = await context.proxied({ send: { [produce.key]: send } })
      const harness = await context.producer(await context.topic(), { batchBytes: 200 }, { driver })
      for (let i = 0; i < 100; i++) harness.append()
      await harness.producer.flush(context.soon())
      assert.deepEqual([harness.count('acked'), harness.codes()], [100, []])
    },
  },
  ...LENGTHS.map(
    ([name, about, spoil]): Case => ({
      name: `hostile-batch-${name}`,
      about: `${about} is told and takes no memory; the one record that is there is delivered once`,
      needs: ['embedded'],
      alone: true,
      run: context =>
        spoiltBatch(context, batch => {
          spoil(batch)
          if (name !== 'length') sealed(batch)
        }),
    }),
  ),
]
