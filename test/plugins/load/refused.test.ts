import { describe, expect, it } from 'vitest'
import type { Config } from '../../../core/index.ts'
import { arrivals, load } from '../../../plugins/index.ts'
import { faultOf } from './plan.ts'

const refused: [name: string, options: object, said: string][] = [
  ['load.constant', { rate: '1 MB/s' }, 'load.constant.rate is "1 MB/s": expected a rate from 0.001/s to'],
  ['load.ramp', { from: 1, to: 1 }, 'load.ramp.to is 1: expected another factor than from'],
  ['load.ramp', { over: '0s' }, 'load.ramp.over is "0s": expected a duration from 1ms to 7d'],
  ['load.stages', { stages: [] }, 'load.stages.stages is []: expected a list of stages such as'],
  ['load.stages', {}, 'load.stages.stages: expected a list of stages such as'],
  ['load.stages', { stages: [{ factor: 0, for: '1s' }] }, 'expected a stage with a factor above 0'],
  [
    'load.stages',
    { stages: [{ factor: -1, for: '1s' }] },
    'load.stages.stages.0.factor is -1: expected a factor from 0 to 1000',
  ],
  ['load.steps', { steps: 1 }, 'load.steps.steps is 1: expected a whole number from 2 to 100000'],
  ['load.bursts', { peak: 1, floor: 2 }, 'load.bursts.peak is 1: expected a factor above floor'],
  ['load.bursts', { jitter: 1.5 }, 'load.bursts.jitter is 1.5: expected a share from 0 to 1'],
  ['load.bursts', { on: 'long' }, 'load.bursts.on is "long": expected a duration from 1ms to 7d'],
  ['load.sine', { amplitude: 2 }, 'load.sine.amplitude is 2: expected a share from 0.001 to 1'],
  ['load.day', { curve: [1, 2, 3] }, 'load.day.curve is [1,2,3]: expected 24 factors'],
  ['load.day', { curve: new Array(24).fill(0) }, 'expected a factor above 0'],
  ['load.day', { from: 25 }, 'load.day.from is 25: expected a number from 0 to 24'],
  ['load.spikes', { every: '10s', length: '11s' }, 'load.spikes.length is "11s": expected at most every'],
  ['load.sawtooth', { low: 2, high: 2 }, 'load.sawtooth.high is 2: expected a factor above low'],
  ['load.sawtooth', { periode: '1s' }, 'load.sawtooth.periode is "1s": expected an option of load.sawtooth'],
  ['arrivals.onOff', { low: 1 }, 'arrivals.onOff.low is 1: expected a share from 0 to 0.999'],
  ['arrivals.onOff', { on: '0s' }, 'arrivals.onOff.on is "0s": expected a duration from 1ms to 7d'],
]
describe('refused', () => {
  it.each(refused)('%s %j', async (name, options, said) => {
    expect(await faultOf({ plugins: [[name, options]] })).toContain(said)
  })
})

describe('a run without a schedule', () => {
  const listed = ['constant', 'ramp', 'steps', 'bursts', 'sine', 'day', 'spikes', 'sawtooth'].map(
    name => `load.${name}`,
  )
  const plugins: Config['plugins'] = [...listed, 'arrivals.poisson', 'arrivals.onOff']
  it.each(plugins)('has nothing for %s to work on', async plugin => {
    const said = await faultOf({ rate: 'max', plugins: [plugin] })
    expect(said).toContain(`rate is "max": expected a rate such as '5k/s' for ${plugin} to work on`)
    expect(said).toContain(`without('${plugin}')`)
  })
  it('is all the same to arrivals.even', async () => {
    expect(await faultOf({ rate: 'max', plugins: [arrivals.even()] })).toBe('closed: there is no schedule')
  })
})

it('more pieces than a schedule can hold are refused, with the number', async () => {
  const said = await faultOf({ duration: '7d', plugins: [load.sawtooth({ period: '1ms' })] })
  expect(said).toContain(
    'load.sawtooth: expected at most 1,000,000 changes of the rate in a run, not 604,800,000',
  )
  const changes = await faultOf({ duration: '7d', plugins: [arrivals.onOff({ on: '1ms', off: '1ms' })] })
  expect(changes).toContain('arrivals.onOff: expected at most 1,000,000 changes between on and off')
})
