/** kcat, and with it librdkafka, at the embedded broker. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerProcess, spawnBroker } from '../../../plugins/broker/spawn.ts'
import { createTopic, kcat, lines, linesOf, RECORDS, text } from './clients.ts'

const isCI = process.env['CI'] !== undefined && process.env['CI'] !== 'false'

let broker: BrokerProcess

beforeAll(async () => {
  broker = await spawnBroker({ port: 0 })
})
afterAll(() => broker.close())

const hasKcat = spawnSync('kcat', ['-V']).status === 0
if (!hasKcat && isCI) {
  it('has kcat', () => {
    throw new Error('kcat is not installed, and its tests are not skipped in CI: apt-get install kcat')
  })
}
if (!hasKcat && !isCI)
  console.warn('skipped: kcat is not installed (apt-get install kcat), its tests did not run')
describe.skipIf(!hasKcat)('kcat', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'reads back what it wrote, compressed with %s',
    codec => {
      const topic = `kcat-${codec}`
      kcat(broker, ['-P', '-t', topic, '-K', '\t', '-z', codec], text)
      const read = kcat(broker, ['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%k\t%s\n'])
      expect(read.trimEnd().split('\n')).toEqual(lines)
    },
  )

  it('reads in a group, and the group goes on where it was', () => {
    kcat(broker, ['-P', '-t', 'kcat-group', '-K', '\t'], text)
    const group = ['-G', 'kcat-group-1', '-e', '-q', '-X', 'auto.offset.reset=earliest', '-f', '%k\t%s\n']
    expect(
      kcat(broker, [...group, 'kcat-group'])
        .trimEnd()
        .split('\n'),
    ).toEqual(lines)
    kcat(broker, ['-P', '-t', 'kcat-group', '-K', '\t'], 'late\trecord\n')
    expect(kcat(broker, [...group, 'kcat-group'])).toBe('late\trecord\n')
  })

  it('writes as an idempotent producer', () => {
    kcat(broker, ['-P', '-t', 'kcat-idempotent', '-K', '\t', '-X', 'enable.idempotence=true'], text)
    const read = kcat(broker, ['-C', '-t', 'kcat-idempotent', '-e', '-q', '-f', '%k\t%s\n'])
    expect(read.trimEnd().split('\n')).toEqual(lines)
  })

  it('writes in a transaction, and reads what is committed', () => {
    kcat(broker, ['-P', '-t', 'kcat-transaction', '-K', '\t', '-X', 'transactional.id=kcat'], text)
    const read = ['-C', '-t', 'kcat-transaction', '-e', '-q', '-f', '%k\t%s\n', '-X']
    for (const level of ['read_committed', 'read_uncommitted']) {
      expect(linesOf(kcat(broker, [...read, `isolation.level=${level}`]))).toEqual(lines)
    }
    // the marker has an offset of its own
    expect(kcat(broker, ['-Q', '-t', 'kcat-transaction:0:-1'])).toContain(`offset ${RECORDS + 1}`)
  })

  it('shows brokers, topics and partitions, and finds offsets by time', () => {
    createTopic(broker, 'kcat-shown', 3)
    const shown = JSON.parse(kcat(broker, ['-L', '-J', '-t', 'kcat-shown']))
    expect(shown.brokers).toEqual([{ id: 1, name: broker.address }])
    expect(shown.topics[0]).toMatchObject({ topic: 'kcat-shown' })
    const leaders = shown.topics[0].partitions.map((each: { leader: number }) => each.leader)
    expect(leaders).toEqual([1, 1, 1])
    kcat(broker, ['-P', '-t', 'kcat-shown', '-p', '1'], 'a\nb\n')
    expect(kcat(broker, ['-Q', '-t', 'kcat-shown:1:-1', '-t', 'kcat-shown:1:0'])).toContain(
      'kcat-shown [1] offset ',
    )
  })
})
