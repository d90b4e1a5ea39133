import { expect, it } from 'vitest'
import { run, type Stream } from '../../core/index.ts'
import { fakeDriver, virtualClock } from '../../core/testing/index.ts'
import { read } from './read.ts'

it('docs/result.md names every field of a result', async () => {
  const notes = {
    name: 'notes',
    stream: (s: Stream) => s.hooks.onAck.tap(() => s.emit({ kind: 'note', at: 0, title: 'acked' })),
  }
  const result = await run(
    {
      ...{ rate: 100, warmup: 1, duration: 2, thresholds: { 'failed.count': '== 0' } },
      plugins: [fakeDriver({ log: true }), notes],
    },
    { clock: virtualClock },
  )
  const { run: about, ...document } = result.toJSON()
  const fields = new Set(fieldsOf({ ...document, run: { ...about, config: 'as written' } }))
  // a name that a user gave, and what a note says
  for (const own of ['default', 'title']) fields.delete(own)
  // sections and figures of plugins are on their own pages
  const pages = [
    'result.md',
    'consumers.md',
    ...['lag', 'rebalances', 'traffic'].map(name => `plugins/${name}.md`),
  ]
  const text = pages.map(page => read(`docs/${page}`)).join('\n')
  // by itself, or on the way to another one: `keys.top`
  const isNamed = (field: string) => new RegExp(`[\`.]${field.replaceAll('.', '\\.')}[\`.]`).test(text)
  expect([...fields].filter(field => !isNamed(field))).toEqual([])
})

function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...fieldsOf(inner)])
}
