/** Configurations of topics, altered. */
import type { Request, Session } from '../script.ts'

const [TOPIC, BROKER] = [2, 4]
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3]
const config = (name: string, value: string | null, configOperation?: number) => ({
  name,
  value,
  ...(configOperation === undefined ? {} : { configOperation }),
})

export const sessions: readonly Session[] = [
  {
    name: 'alter configurations',
    needs: ['AlterConfigs', 'DescribeConfigs'],
    async run(s) {
      await s.topics({ altered: 1 }, { 'retention.ms': '60000' })
      for (const v of s.versions('AlterConfigs')) {
        const alter = (label: string, configs: object[], more: Request = {}, validateOnly = false) =>
          s.call(label, 'AlterConfigs', v, {
            resources: [{ resourceType: TOPIC, resourceName: 'altered', configs, ...more }],
            validateOnly,
          })
        const shown = async (label: string) => {
          await s.caughtUp()
          const configurationKeys = ['retention.ms', 'cleanup.policy', 'max.message.bytes']
          const resources = [{ resourceType: TOPIC, resourceName: 'altered', configurationKeys }]
          await s.call(label, 'DescribeConfigs', 1, { resources })
        }
        await alter('only judged', [config('retention.ms', '70000')], {}, true)
        await shown('was only judged')
        await alter('two', [config('cleanup.policy', 'compact'), config('max.message.bytes', '5000')])
        await shown('others are gone')
        await alter('an unknown key', [config('no.such.key', '1')])
        await alter('a bad value', [config('retention.ms', 'soon')])
        await alter('no value', [config('retention.ms', null)])
        await alter('unknown topic', [config('retention.ms', '1')], { resourceName: 'altered-unknown' })
        await alter('illegal name', [config('retention.ms', '1')], { resourceName: 'alt ered' })
        await alter('an unknown kind', [config('retention.ms', '1')], { resourceType: 99 })
        await alter('none: all are gone', [])
        await shown('all are gone')
        await s.call('nothing', 'AlterConfigs', v, { resources: [] })
      }
    },
  },
  {
    name: 'alter configurations one by one',
    needs: ['IncrementalAlterConfigs', 'DescribeConfigs'],
    async run(s) {
      for (const v of s.versions('IncrementalAlterConfigs')) {
        const topic = `altered-${v}`
        await s.topics({ [topic]: 1 }, { 'retention.ms': '60000' })
        const alter = (label: string, configs: object[], more: Request = {}, validateOnly = false) =>
          s.call(label, 'IncrementalAlterConfigs', v, {
            resources: [{ resourceType: TOPIC, resourceName: topic, configs, ...more }],
            validateOnly,
          })
        const shown = async (label: string) => {
          await s.caughtUp()
          const configurationKeys = ['retention.ms', 'cleanup.policy', 'max.message.bytes']
          await s.call(label, 'DescribeConfigs', 1, {
            resources: [{ resourceType: TOPIC, resourceName: topic, configurationKeys }],
          })
        }
        await alter('only judged', [config('retention.ms', '70000', SET)], {}, true)
        await alter('set', [config('max.message.bytes', '5000', SET)])
        await alter('append', [config('cleanup.policy', 'compact', APPEND)])
        await shown('both, and the first')
        await alter('append what is there', [config('cleanup.policy', 'compact', APPEND)])
        await alter('subtract', [config('cleanup.policy', 'delete', SUBTRACT)])
        await alter('subtract what is not there', [config('cleanup.policy', 'delete', SUBTRACT)])
        await shown('only one is left')
        await alter('delete', [config('retention.ms', null, DELETE)])
        await alter('delete what is not set', [config('segment.ms', null, DELETE)])
        await shown('the first is gone')
        await alter('append to a number', [config('retention.ms', '1', APPEND)])
        await alter('an unknown operation', [config('retention.ms', '1', 9)])
        await alter('one key twice', [config('retention.ms', '1', SET), config('retention.ms', '2', SET)])
        await alter('an unknown key', [config('no.such.key', '1', SET)])
        await alter('a bad value', [config('retention.ms', 'soon', SET)])
        await alter('no value', [config('retention.ms', null, SET)])
        await alter('unknown topic', [config('retention.ms', '1', SET)], { resourceName: 'altered-unknown' })
        await alter('an unknown broker', [config('log.retention.ms', '1', SET)], {
          resourceType: BROKER,
          resourceName: '77',
        })
        await alter('nothing of a topic', [])
        await shown('as before')
        await s.call('nothing', 'IncrementalAlterConfigs', v, { resources: [] })
      }
    },
  },
]
