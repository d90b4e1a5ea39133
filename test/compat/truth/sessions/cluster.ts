/** ApiVersions, Metadata, DescribeCluster: what is there. */
import { tableOf } from '../kafka-tables.ts'
import { type Request, type Session, UNKNOWN_TOPIC_ID } from '../script.ts'

const keysOf = (answer: Request) => answer['apiKeys'] as { apiKey: number }[]

export const sessions: readonly Session[] = [
  {
    name: 'api versions',
    needs: ['ApiVersions'],
    async run(s) {
      const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }
      for (const v of s.versions('ApiVersions')) {
        const only = ({ apiKeys: _, ...rest }: Request) => rest
        await s.call('asked', 'ApiVersions', v, software, { only })
        await s.call(
          'illegal name',
          'ApiVersions',
          v,
          { clientSoftwareName: '-', clientSoftwareVersion: '' },
          { only },
        )
      }
      const own = (answer: Request) => ({
        errorCode: answer['errorCode'],
        apiVersions: keysOf(answer).find(each => each.apiKey === tableOf('ApiVersions').key),
      })
      await s.call('a version nobody knows', 'ApiVersions', 99, software, { answerIn: 0, only: own })
    },
  },
  {
    name: 'metadata by name',
    needs: ['Metadata'],
    async run(s) {
      await s.topics({ 'metadata-one': 1, 'metadata-two': 3 })
      const ask = (...names: (string | null)[]) => ({
        topics: names.map(name => ({ name })),
        allowAutoTopicCreation: false,
      })
      for (const v of s.versions('Metadata')) {
        await s.call('two topics', 'Metadata', v, ask('metadata-one', 'metadata-two'))
        await s.call('the same twice', 'Metadata', v, ask('metadata-one', 'metadata-one'))
        // Before version 4 asking for a topic makes it.
        if (v >= 4) await s.call('unknown', 'Metadata', v, ask('metadata-unknown', 'metadata-one'))
        await s.call('illegal names', 'Metadata', v, ask('meta data', '', '..', 'x'.repeat(250)))
        if (v >= 1) await s.call('none', 'Metadata', v, ask())
        const only = (answer: Request) => ({
          ...answer,
          topics: (answer['topics'] as { name: string }[]).filter(({ name }) => name.startsWith('metadata-')),
        })
        const all = { topics: v === 0 ? [] : null, allowAutoTopicCreation: false }
        await s.call('all', 'Metadata', v, all, { only: answer => namesOf(only(answer)) })
        const operations = {
          includeClusterAuthorizedOperations: true,
          includeTopicAuthorizedOperations: true,
        }
        if (v >= 8) await s.call('operations', 'Metadata', v, { ...ask('metadata-one'), ...operations })
      }
    },
  },
  {
    name: 'metadata by id',
    needs: ['Metadata'],
    async run(s) {
      await s.topics({ 'metadata-id': 2 })
      const ask = (...topics: { name?: string | null; topicId?: string }[]) => ({
        topics,
        allowAutoTopicCreation: false,
      })
      for (const v of s.versions('Metadata', 10)) {
        await s.call('by id', 'Metadata', v, ask({ name: null, topicId: s.idOf('metadata-id') }))
        await s.call('unknown id', 'Metadata', v, ask({ name: null, topicId: UNKNOWN_TOPIC_ID }))
        await s.call('neither', 'Metadata', v, ask({ name: null }))
        await s.call('both', 'Metadata', v, ask({ name: 'metadata-id', topicId: s.idOf('metadata-id') }))
        const mixed = ask({ name: 'metadata-id' }, { name: null, topicId: UNKNOWN_TOPIC_ID })
        await s.call('mixed', 'Metadata', v, mixed)
      }
    },
  },
  {
    name: 'metadata makes topics',
    needs: ['Metadata'],
    async run(s) {
      for (const v of s.versions('Metadata')) {
        const request = { topics: [{ name: `metadata-auto-${v}` }], allowAutoTopicCreation: true }
        await s.call('asked for the first time', 'Metadata', v, request, { until: () => true })
        const until = (answer: { errors(): number[] }) => answer.errors().every(code => code === 0)
        await s.call('asked again', 'Metadata', v, request, { until })
        const illegal = { topics: [{ name: 'metadata auto' }], allowAutoTopicCreation: true }
        await s.call('an illegal name', 'Metadata', v, illegal)
      }
    },
  },
  {
    name: 'describe cluster',
    needs: ['DescribeCluster'],
    async run(s) {
      for (const v of s.versions('DescribeCluster')) {
        await s.call('asked', 'DescribeCluster', v, {})
        await s.call('operations', 'DescribeCluster', v, { includeClusterAuthorizedOperations: true })
        if (v >= 1) await s.call('controllers', 'DescribeCluster', v, { endpointType: 2 })
        if (v >= 1) await s.call('neither', 'DescribeCluster', v, { endpointType: 7 })
        if (v >= 2) await s.call('fenced ones too', 'DescribeCluster', v, { includeFencedBrokers: true })
      }
    },
  },
]

/** That all are there, each once, whatever their order. */
function namesOf(answer: Request): unknown {
  const names = (answer['topics'] as { name: string }[]).map(({ name }) => name)
  return { ...answer, topics: ['metadata-one', 'metadata-two'].filter(name => names.includes(name)) }
}
