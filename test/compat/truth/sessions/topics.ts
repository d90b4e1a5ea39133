/** Topics made, extended, described and deleted. */
import { type Session, UNKNOWN_TOPIC_ID } from '../script.ts'

const topic = (name: string, more: object = {}) => ({ name, numPartitions: 2, replicationFactor: 1, ...more })
const configs = (given: Record<string, string | null>) => ({
  configs: Object.entries(given).map(([name, value]) => ({ name, value })),
})
const assigned = (...brokerIds: number[][]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: brokerIds.map((ids, partitionIndex) => ({ partitionIndex, brokerIds: ids })),
})

export const sessions: readonly Session[] = [
  {
    name: 'create topics',
    needs: ['CreateTopics'],
    async run(s) {
      for (const v of s.versions('CreateTopics')) {
        const name = (text: string) => `create-${v}-${text}`
        const create = (label: string, topics: object[], more = {}) =>
          s.call(label, 'CreateTopics', v, { topics, timeoutMs: 10_000, ...more })
        await create('one', [topic(name('one'))])
        await create('again', [topic(name('one'))])
        await create('two', [topic(name('two')), topic(name('three'), { numPartitions: 1 })])
        await create('one of them is there', [topic(name('one')), topic(name('four'))])
        await create('twice in one request', [
          topic(name('twice')),
          topic(name('twice'), { numPartitions: 7 }),
        ])
        await create('only judged', [topic(name('judged'))], { validateOnly: true })
        await create('was only judged', [topic(name('judged'))])
        await create('only judged, is there', [topic(name('one'))], { validateOnly: true })
        await create('none', [])
        const illegal = ['', '.', '..', 'sp ace', 'ü', 'x'.repeat(250), 'a/b', 'colon:']
        await create(
          'illegal names',
          illegal.map(each => topic(each)),
        )
        await create('the longest name', [topic(`${name('')}${'x'.repeat(249 - name('').length)}`)])
        for (const numPartitions of [0, -2, -1]) {
          await create(`${numPartitions} partitions`, [topic(name(`p${numPartitions}`), { numPartitions })])
        }
        for (const replicationFactor of [0, -2, -1, 2, 100]) {
          await create(`factor ${replicationFactor}`, [
            topic(name(`r${replicationFactor}`), { replicationFactor }),
          ])
        }
        await create('assigned', [topic(name('a1'), assigned([1], [1]))])
        await create('assigned to nobody', [topic(name('a2'), assigned([1], []))])
        await create('assigned to an unknown broker', [topic(name('a3'), assigned([9]))])
        await create('assigned twice to one', [topic(name('a4'), assigned([1, 1]))])
        await create('assigned unevenly', [topic(name('a5'), assigned([1], [1, 2]))])
        await create('assigned and counted', [topic(name('a6'), { ...assigned([1]), numPartitions: 1 })])
        const gap = {
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 1, brokerIds: [1] }],
        }
        await create('assigned from partition 1', [topic(name('a7'), gap)])
      }
    },
  },
  {
    name: 'create topics with configurations',
    needs: ['CreateTopics'],
    async run(s) {
      const good = {
        'cleanup.policy': 'compact,delete',
        'retention.ms': '60000',
        'max.message.bytes': '2000',
      }
      const bad: Record<string, Record<string, string | null>> = {
        'an unknown key': { 'no.such.key': '1' },
        'not a number': { 'retention.ms': 'soon' },
        'too small': { 'segment.bytes': '1' },
        'not one of': { 'cleanup.policy': 'shred' },
        'not a type of time': { 'message.timestamp.type': 'never' },
        'no value': { 'retention.ms': null },
        'an empty value': { 'retention.ms': '' },
        'not a boolean': { preallocate: 'yes' },
        'ratio of 2': { 'min.cleanable.dirty.ratio': '2' },
        'a codec': { 'compression.type': 'brotli' },
      }
      for (const v of s.versions('CreateTopics')) {
        const create = (label: string, given: Record<string, string | null>) =>
          s.call(label, 'CreateTopics', v, {
            topics: [topic(`configured-${v}-${label.replaceAll(' ', '-')}`, configs(given))],
            timeoutMs: 10_000,
          })
        await create('good', good)
        for (const [label, given] of Object.entries(bad)) await create(label, given)
        await create('good and bad', { ...good, 'no.such.key': '1' })
      }
    },
  },
  {
    name: 'create partitions',
    needs: ['CreatePartitions'],
    async run(s) {
      const all = s.versions('CreatePartitions')
      await s.topics(Object.fromEntries(all.map(v => [`extend-${v}`, 2])))
      for (const v of all) {
        const name = `extend-${v}`
        const extend = (label: string, ...topics: object[]) =>
          s.call(label, 'CreatePartitions', v, {
            topics,
            timeoutMs: 10_000,
            validateOnly: label.includes('judged'),
          })
        await extend('only judged', { name, count: 4, assignments: null })
        await extend('to four', { name, count: 4, assignments: null })
        await extend('to what it has', { name, count: 4, assignments: null })
        await extend('to fewer', { name, count: 1, assignments: null })
        await extend('to none', { name, count: 0, assignments: null })
        await extend('to minus one', { name, count: -1, assignments: null })
        await extend('unknown', { name: 'extend-unknown', count: 4, assignments: null })
        await extend('illegal name', { name: 'ex tend', count: 4, assignments: null })
        await extend('assigned', { name, count: 5, assignments: [{ brokerIds: [1] }] })
        await extend('too few assigned', { name, count: 8, assignments: [{ brokerIds: [1] }] })
        await extend('an unknown broker', { name, count: 6, assignments: [{ brokerIds: [9] }] })
        await extend('two brokers', { name, count: 6, assignments: [{ brokerIds: [1, 2] }] })
        await extend('an empty assignment', { name, count: 6, assignments: [{ brokerIds: [] }] })
        await extend('none')
        await extend('twice', { name, count: 7, assignments: null }, { name, count: 8, assignments: null })
        const until = (answer: { list(path: string): unknown[] }) =>
          answer.list('topics.0.partitions').length >= 5
        const ask = { topics: [{ name }], allowAutoTopicCreation: false }
        await s.call('has become', 'Metadata', s.latest('Metadata'), ask, { until })
      }
    },
  },
  {
    name: 'delete topics',
    needs: ['DeleteTopics'],
    async run(s) {
      const all = s.versions('DeleteTopics')
      await s.topics(Object.fromEntries(all.flatMap(v => [1, 2, 3, 4].map(n => [`delete-${v}-${n}`, 1]))))
      for (const v of all) {
        const byName = (label: string, ...names: string[]) =>
          s.call(label, 'DeleteTopics', v, {
            topics: names.map(name => ({ name })),
            topicNames: names,
            timeoutMs: 10_000,
          })
        await byName('one', `delete-${v}-1`)
        await byName('again', `delete-${v}-1`)
        await byName('one of them is not there', 'delete-unknown', `delete-${v}-2`)
        await byName('twice in one request', `delete-${v}-3`, `delete-${v}-3`)
        await byName('illegal name', 'de lete', '')
        await byName('none')
        if (v < 6) continue
        const byId = (label: string, ...topics: object[]) =>
          s.call(label, 'DeleteTopics', v, { topics, timeoutMs: 10_000 })
        const topicId = s.idOf(`delete-${v}-4`)
        await byId('name and id', { name: `delete-${v}-4`, topicId })
        await byId('neither', { name: null })
        await byId('unknown id', { name: null, topicId: UNKNOWN_TOPIC_ID })
        await byId('by id twice', { name: null, topicId }, { name: null, topicId })
        await byId('by id', { name: null, topicId })
        await byId('by id again', { name: null, topicId })
      }
    },
  },
  {
    name: 'describe configurations',
    needs: ['DescribeConfigs'],
    async run(s) {
      await s.topics({ described: 1 }, { 'retention.ms': '60000', 'cleanup.policy': 'compact' })
      const [TOPIC, BROKER] = [2, 4]
      for (const v of s.versions('DescribeConfigs')) {
        const ask = (
          label: string,
          resourceType: number,
          resourceName: string,
          configurationKeys: string[] | null,
          more = {},
        ) =>
          s.call(label, 'DescribeConfigs', v, {
            resources: [{ resourceType, resourceName, configurationKeys }],
            ...more,
          })
        await ask('all', TOPIC, 'described', null)
        await ask('two keys', TOPIC, 'described', ['retention.ms', 'max.message.bytes'])
        await ask('an unknown key', TOPIC, 'described', ['no.such.key'])
        await ask('no keys', TOPIC, 'described', [])
        await ask('with synonyms', TOPIC, 'described', ['retention.ms', 'segment.ms'], {
          includeSynonyms: true,
        })
        await ask('with documentation', TOPIC, 'described', ['retention.ms'], { includeDocumentation: true })
        await ask('unknown topic', TOPIC, 'described-unknown', null)
        await ask('illegal name', TOPIC, 'descri bed', null)
        await ask('empty name', TOPIC, '', null)
        await ask('an unknown broker', BROKER, '77', ['log.retention.ms'])
        await ask('not a broker', BROKER, 'one', null)
        await ask('an unknown kind', 99, 'described', null)
        const twice = { resourceType: TOPIC, resourceName: 'described', configurationKeys: ['retention.ms'] }
        await s.call('twice', 'DescribeConfigs', v, {
          resources: [twice, { ...twice, configurationKeys: ['segment.ms'] }],
        })
      }
    },
  },
]
