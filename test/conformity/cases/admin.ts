/** Topics: made, described, deleted, measured. */
import assert from 'node:assert/strict'
import type { ConfigError } from '../../../core/plugin.ts'
import type { Case } from '../case.ts'

const plain = { partitions: 3, replicationFactor: 1, configs: {} }

export const admin: readonly Case[] = [
  {
    name: 'admin-topics',
    about:
      'a topic is made, described and deleted; one that is not there is undefined, and not made by asking',
    async run(context) {
      const subject = await context.driver.admin()
      const name = context.name('made')
      assert.equal(await subject.describe(name), undefined)
      assert.deepEqual(await context.raw.leaders(name), [])
      await subject.create(name, { ...plain, configs: { 'retention.ms': '1234567' } })
      const found = await subject.describe(name)
      assert.deepEqual([found?.partitions, found?.configs['retention.ms']], [3, '1234567'])
      assert.equal((await context.raw.leaders(name)).length, 3)
      await assert.rejects(subject.create(name, plain), error =>
        String(error).includes(`topic ${name} is there already`),
      )
      await subject.delete(name)
      assert.equal(await subject.describe(name), undefined)
      await subject.delete(name)
      await subject.close()
    },
  },
  {
    name: 'admin-refused',
    about: 'what the broker refuses of a topic is a fault of the configuration, by the path of the setting',
    async run(context) {
      const subject = await context.driver.admin()
      for (const [path, change, name] of [
        ['topic.replicationFactor', { replicationFactor: 3 }, context.name('refused')],
        ['topic.partitions', { partitions: 0 }, context.name('refused')],
        ['topic.name', {}, 'no good/name'],
      ] as const) {
        const error = (await subject
          .create(name, { ...plain, ...change })
          .catch((e: unknown) => e)) as ConfigError
        assert.equal(error.name, 'ConfigError', String(error))
        assert.deepEqual(
          error.faults.map(each => each.path),
          [path],
        )
        assert.match(error.faults[0]!.hint ?? '', /refused/)
      }
    },
  },
  {
    name: 'admin-offsets',
    about:
      'where partitions begin and end is told, also of a topic that was made anew while others came and went',
    async run(context) {
      const subject = await context.driver.admin()
      const name = await context.topic(3)
      await context.raw.write(name, 0, ['a', 'b', 'c', 'd'])
      await context.raw.write(name, 2, ['e'])
      assert.deepEqual(await subject.offsets(name, 'start'), [0, 0, 0])
      assert.deepEqual(await subject.offsets(name, 'end'), [4, 0, 1])
      assert.deepEqual(await subject.offsets(name, 'stable'), [4, 0, 1])
      const other = await context.driver.admin()
      await other.delete(name)
      await other.close()
      await subject.create(name, { ...plain, partitions: 5 })
      assert.deepEqual(await subject.offsets(name, 'end'), [0, 0, 0, 0, 0])
    },
  },
  {
    name: 'admin-in-time',
    about: 'what is not found is told by its name once the time-out of the run is over',
    async run(context) {
      const hasty = await context.subject(context.brokers, { timeout: '300ms' })
      const name = context.name('nowhere')
      await assert.rejects((await hasty.admin()).offsets(name, 'end'), error => String(error).includes(name))
    },
  },
  {
    name: 'admin-broker',
    about: 'the broker is told by what it says of itself',
    async run(context) {
      assert.match(await (await context.driver.admin()).broker(), /broker/)
    },
  },
]
