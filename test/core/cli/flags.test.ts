import { Command } from 'commander'
import { expect, it } from 'vitest'
import { addFlags, readFlags } from '../../../core/cli/flags.ts'

/** Settings as path and value, in the order in which they are laid over each other. */
function settings(...argv: string[]): [path: string[], value: unknown, label: string][] {
  const { args, settings } = readFlags(['run', ...argv])
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  let flags = {}
  addFlags(program.command('run')).action(given => {
    flags = given
  })
  program.parse([...args], { from: 'user' })
  return settings(flags).map(({ keys, value, label }) => [[...keys], value, label])
}

it('a flag is a path and a text, with = or without', () => {
  expect(settings('--rate', '5k/s')).toEqual([[['rate'], '5k/s', '--rate']])
  expect(settings('--producer.linger=5ms')).toEqual([[['producer', 'linger'], '5ms', '--producer.linger']])
  expect(settings('--producer.batch-size', '1KiB', '--producer.maxInFlight', '2')).toEqual([
    [['producer', 'batchSize'], '1KiB', '--producer.batch-size'],
    [['producer', 'maxInFlight'], '2', '--producer.max-in-flight'],
  ])
})
it('a switch needs no value', () => {
  expect(settings('--allow-tainted')).toEqual([[['allowTainted'], true, '--allow-tainted']])
  expect(settings('--allow-tainted=false')).toEqual([[['allowTainted'], 'false', '--allow-tainted']])
  expect(settings('--topic.existing', '--topic', 'orders')).toEqual([
    [['topic', 'existing'], true, '--topic.existing'],
    [['topic'], 'orders', '--topic'],
  ])
  expect(settings('--streams.a.topic.existing', '--streams.a.rate', '5/s')).toEqual([
    [['streams', 'a', 'topic', 'existing'], 'true', '--streams.a.topic.existing'],
    [['streams', 'a', 'rate'], '5/s', '--streams.a.rate'],
  ])
})
it('what a user names himself keeps its dots', () => {
  expect(settings('--thresholds.response.p99', '< 20ms')).toEqual([
    [['thresholds', 'response.p99'], '< 20ms', '--thresholds.response.p99'],
  ])
  expect(settings('--topic.configs.min.insync.replicas=2')).toEqual([
    [['topic', 'configs', 'min.insync.replicas'], '2', '--topic.configs.min.insync.replicas'],
  ])
  expect(
    settings('--streams.a.thresholds.failed.count', '== 0', '--streams.a.topic.configs.retention.ms=5'),
  ).toEqual([
    [['streams', 'a', 'thresholds', 'failed.count'], '== 0', '--streams.a.thresholds.failed.count'],
    [['streams', 'a', 'topic', 'configs', 'retention.ms'], '5', '--streams.a.topic.configs.retention.ms'],
  ])
})
it('a plugin has its name, and options as JSON', () => {
  expect(settings('--plugin', 'csv', '--plugin', 'keys.random={"cardinality":5}')).toEqual([
    [['plugins'], ['csv'], '--plugin csv'],
    [['plugins'], [['keys.random', { cardinality: 5 }]], '--plugin keys.random'],
  ])
})
it('lists and objects are JSON, and what is none stays a text', () => {
  expect(settings('--rate', '[{"rate":"5/s","for":"1s"}]')).toEqual([
    [['rate'], [{ rate: '5/s', for: '1s' }], '--rate'],
  ])
  expect(settings('--rate', '[{')).toEqual([[['rate'], '[{', '--rate']])
})
it('an unknown flag is told with the one that was probably meant', () => {
  expect(() => settings('--ratte', '5/s')).toThrow("unknown option '--ratte'\n(Did you mean --rate?)")
  expect(() => settings('--producer.bathSize', '5/s')).toThrow('Did you mean --producer.batch-size?')
})
