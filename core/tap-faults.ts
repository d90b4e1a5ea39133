/** What does not go together with what plugins tap: the configuration alone does not show it. */
import type { Driver } from './driver.ts'
import { ConfigError, type Fault } from './errors.ts'
import type { HostStream } from './host.ts'

/** Of hooks that say when records are due and what is in them. */
const SCHEDULED = ['schedule', 'arrivals', 'sizeFor', 'valueFor'] as const

/** Of all streams. */
export function tapFaults(streams: readonly HostStream[]): Fault[] {
  return streams.flatMap(stream => {
    const prefix = streams.length > 1 ? `streams.${stream.config.name}.` : ''
    const faults = [...transactionFaults(stream), ...feedFaults(stream)]
    return faults.map(fault => ({ ...fault, path: prefix + fault.path }))
  })
}

function transactionFaults({ config: { producer }, hooks }: HostStream): Fault[] {
  const { acks, transactionalId } = producer
  const by = hooks.endTransaction.taps[0]?.name
  if (by !== undefined && acks !== -1) {
    const expected = `'all', since ${by} makes the producers transactional`
    return [{ path: 'producer.acks', value: acks, expected }]
  }
  if (by !== undefined || transactionalId === undefined) return []
  const expected = 'to be left out, since no plugin makes transactions'
  const hint = 'list one that does: transactions({ records: 100 })'
  return [{ path: 'producer.transactionalId', value: transactionalId, expected, hint }]
}

function feedFaults({ config, hooks }: HostStream): Fault[] {
  if (config.rate.kind !== 'fed') return []
  const expected = "to be left out, since rate is 'fed': it decides when records are due or what is in them"
  const names = SCHEDULED.flatMap(hook => hooks[hook].taps.map(tap => tap.name))
  return [...new Set(names)].map(path => ({ path, expected }))
}

/** @throws ConfigError for transactions with a driver that has none. */
export function wantsTransactions(driver: Driver, streams: readonly HostStream[]): void {
  if (driver.can.transactions) return
  const [by] = streams.flatMap(({ config, hooks }) => (config.producers > 0 ? hooks.endTransaction.taps : []))
  if (by === undefined) return
  const expected = `a driver with transactions, since ${by.name} makes producers transactional`
  throw new ConfigError([{ path: 'driver', value: driver.name, expected, hint: 'the driver wire has them' }])
}
