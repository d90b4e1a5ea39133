/** Every plugin of values that needs nothing besides itself, a stream for each. A hash of each value is told to main. */
import { createHash } from 'node:crypto'
import { defineConfig, type StreamConfig, without } from 'kafka-loadtest'
import { keys, sizes, values } from 'kafka-loadtest/plugins'

const sized = sizes.uniform({ min: 10, max: 400 })
const template = {
  id: '{{index}}',
  of: '{{key}}',
  uuid: '{{uuid}}',
  name: '{{faker.person.fullName}}',
  note: '{{text 50}}',
}
const streams: Record<string, NonNullable<StreamConfig['plugins']>> = {
  filler: [sized, values.filler({ compressibility: 0.4 })],
  random: [sized, values.random()],
  text: [sized, values.text()],
  json: [keys.random({ cardinality: 100 }), values.json({ template, pool: 100 })],
  corpus: [values.corpus({ path: 'lines.txt', order: 'shuffled' })],
  tombstones: [sized, values.zeros(), values.tombstones({ share: 0.3 })],
}

export default defineConfig({
  rate: '500/s',
  warmup: 0,
  duration: '1s',
  producers: 5,
  consumers: 1,
  topic: { partitions: 4 },
  seed: 7,
  plugins: [
    without('console'),
    without('json'),
    {
      name: 'told',
      stream(stream, run) {
        const records: unknown[] = []
        const told = stream.metrics.collect<unknown[]>('records', {
          take: () => records,
          merge: (a, b) => [...a, ...b],
        })
        stream.hooks.onRecord.tap(record => {
          const value = record.value()
          records.push([record.index, value && createHash('sha1').update(value).digest('hex')])
        })
        run.hooks.result.tap(result => {
          result.sections[`records of ${stream.name}`] = told.value
        })
      },
    },
  ],
  streams: Object.fromEntries(Object.entries(streams).map(([name, plugins]) => [name, { plugins }])),
})
