/** Incremental fetches. */
import { batchOf, fetchHead, fill } from '../requests.ts'
import { type Script, type Session, UNKNOWN_TOPIC_ID } from '../script.ts'

const part = (partition: number, fetchOffset = 0) => ({ partition, fetchOffset, partitionMaxBytes: 100_000 })

function topicOf(s: Script, topic: string, ...partitions: object[]) {
  return { topic, topicId: s.idOf(topic), partitions }
}

export const sessions: readonly Session[] = [
  {
    name: 'fetch sessions',
    needs: ['Fetch', 'Produce'],
    async run(s) {
      for (const v of s.versions('Fetch', 7)) {
        const [a, b] = [`session-${v}-a`, `session-${v}-b`]
        await s.topics({ [a]: 2, [b]: 1 })
        const record = () => batchOf(1, 10, { timestamp: s.past })
        await fill(s, a, record())
        const ask = (
          label: string,
          sessionId: number,
          sessionEpoch: number,
          topics: object[] = [],
          forgottenTopicsData: object[] = [],
        ) =>
          s.call(label, 'Fetch', v, {
            ...fetchHead({ sessionId, sessionEpoch }),
            topics,
            forgottenTopicsData,
          })
        const opened = await ask('full', 0, 0, [topicOf(s, a, part(0), part(1)), topicOf(s, b, part(0))])
        const id = opened.number('sessionId')
        await ask('nothing new asked', id, 1)
        await ask('moved on', id, 2, [topicOf(s, a, part(0, 1))])
        await ask('nothing there', id, 3)
        await fill(s, b, record(), record())
        await ask('two batches there', id, 4)
        await ask('and again', id, 5, [topicOf(s, b, part(0, 1))])
        await ask('out of range', id, 6, [topicOf(s, b, part(0, 9))])
        await ask('still out of range', id, 7)
        await ask(
          'forgotten',
          id,
          8,
          [topicOf(s, b, part(0, 1))],
          [{ topic: a, topicId: s.idOf(a), partitions: [0, 1] }],
        )
        await fill(s, a, record())
        await ask('was forgotten', id, 9)
        await ask('one that was not there', id, 10, [], [{ topic: a, topicId: s.idOf(a), partitions: [1] }])
        await ask('added again', id, 11, [topicOf(s, a, part(0, 1))])
        await ask('unknown partition added', id, 12, [topicOf(s, a, part(7))])
        await ask('unknown partition stays', id, 13)
        await ask('epoch too low', id, 13)
        await ask('epoch too high', id, 20)
        await ask('the right epoch', id, 14)
        await ask('an unknown session', 4711, 1)
        await ask('an unknown session closed', 4711, -1, [topicOf(s, a, part(0, 2))])
        await ask('an unknown session made new', 4711, 0, [topicOf(s, a, part(0, 2))])
        await ask('closed', id, -1, [topicOf(s, a, part(0, 2))])
        await ask('after the close', id, 15)
        await ask('no session, epoch 1', 0, 1, [topicOf(s, a, part(0, 2))])
        await ask('a session of nothing', 0, 0)
        await ask('no session of nothing', 0, -1)
      }
    },
  },
  {
    name: 'fetch sessions made new',
    needs: ['Fetch', 'Produce'],
    async run(s) {
      await s.topics({ 'session-new': 2 })
      await fill(s, 'session-new', batchOf(2, 10, { timestamp: s.past }))
      for (const v of s.versions('Fetch', 7)) {
        const ask = (label: string, sessionId: number, sessionEpoch: number, topics: object[] = []) =>
          s.call(label, 'Fetch', v, { ...fetchHead({ sessionId, sessionEpoch }), topics })
        const first = await ask('opened', 0, 0, [topicOf(s, 'session-new', part(0), part(1))])
        const second = await ask('made new', first.number('sessionId'), 0, [
          topicOf(s, 'session-new', part(1)),
        ])
        await ask('the first one', first.number('sessionId'), 1)
        await ask('the second one', second.number('sessionId'), 1)
        await ask('the second one, one more', second.number('sessionId'), 2, [
          topicOf(s, 'session-new', part(0)),
        ])
        await ask('the second one, nothing new', second.number('sessionId'), 3)
        await ask('closed', second.number('sessionId'), -1)
      }
    },
  },
  {
    name: 'fetch sessions and topic ids',
    needs: ['Fetch', 'Produce', 'DeleteTopics'],
    async run(s) {
      for (const v of s.versions('Fetch', 7)) {
        const name = `session-ids-${v}`
        await s.topics({ [name]: 1, [`${name}-stays`]: 1 })
        await fill(s, `${name}-stays`, batchOf(2, 10, { timestamp: s.past }))
        const ask = (
          label: string,
          sessionId: number,
          sessionEpoch: number,
          topics: object[] = [],
          version = v,
        ) => s.call(label, 'Fetch', version, { ...fetchHead({ sessionId, sessionEpoch }), topics })
        const topics = [topicOf(s, name, part(0)), topicOf(s, `${name}-stays`, part(0))]
        const opened = await ask('opened', 0, 0, topics)
        const id = opened.number('sessionId')
        const unknown = v < 13 ? `${name}-unknown` : ''
        await ask('unknown topic added', id, 1, [
          { topic: unknown, topicId: UNKNOWN_TOPIC_ID, partitions: [part(0)] },
        ])
        await ask('unknown topic stays', id, 2)
        const other = v < 13 ? s.latest('Fetch') : 12
        await ask('the other kind of topics', id, 3, [topicOf(s, name, part(0))], other)
        await ask('the old kind after it', id, 3)
      }
    },
  },
]
