/** A plugin that throws is named with its hook, whatever the hook; the report is still there, and what follows still runs. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadtest, resultIn, scratch } from './cli.ts'

const config = fileURLToPath(new URL('./throws', import.meta.url))
// pollFor is fired before a member joins
const before = [
  'register',
  'stream',
  'schedule',
  'arrivals',
  'prepare',
  'driver',
  'setup',
  'pollFor',
  'start',
]
const perRecord = ['keyFor', 'partitionFor', 'sizeFor', 'beforeSend', 'valueFor']
const after = ['onAck', 'onRecord', 'onEvent', 'at', 'drain', 'result', 'defer']
const reporting = ['sample', 'report']

describe.concurrent('a plugin that throws in', () => {
  it.for([...before, ...perRecord, ...after, ...reporting])('%s', async (hook, context) => {
    const cwd = scratch(context, config)
    const { exitCode, stdout, stderr } = await loadtest(['run', '--allow-tainted'], {
      cwd,
      env: { THROWS: hook },
    })
    const said = `${stdout}\n${stderr}`
    expect(exitCode, said).toBe(reporting.includes(hook) ? 4 : 70)
    expect(said.replace(/\s+/g, ' ')).toContain(`plugin broken failed in ${hook}: boom`)
    const result = resultIn(cwd)
    expect(result?.exitCode).toBe(exitCode)
    for (const [stream, { identity }] of Object.entries(result?.streams ?? {}))
      expect({ stream, ...identity }).toMatchObject({ stream, holds: !before.includes(hook) })
    if (reporting.includes(hook)) return
    expect(result?.verdict.state).toBe('invalid')
    expect(result?.verdict.reasons).toContainEqual({
      code: 'error',
      detail: `plugin broken failed in ${hook}: boom`,
    })
    // the record at which it broke is accounted for
    const dropped = result?.streams['default']?.phases.measure.counts.dropped
    expect(dropped?.['error']).toBe(perRecord.includes(hook) ? 1 : undefined)
  })
})
