/**
 * The conformity suite for drivers: cases that any driver of the port (core/driver.ts) is run through by its author,
 * under any test runner. docs/drivers.md shows how.
 */
import assert from 'node:assert/strict'
import type { Config, InlinePlugin, Plugin } from '../../core/plugin.ts'
import { startBroker } from '../../plugins/index.ts'
import type { Case, Need } from './case.ts'
import { admin } from './cases/admin.ts'
import { batches } from './cases/batches.ts'
import { bounds } from './cases/bounds.ts'
import { connecting } from './cases/connecting.ts'
import { connections } from './cases/connections.ts'
import { consuming } from './cases/consuming.ts'
import { groups } from './cases/groups.ts'
import { hostile } from './cases/hostile.ts'
import { idempotence } from './cases/idempotence.ts'
import { leaders } from './cases/leaders.ts'
import { records } from './cases/records.ts'
import { refusals } from './cases/refusals.ts'
import { runs } from './cases/runs.ts'
import { security } from './cases/security.ts'
import { transactions } from './cases/transactions.ts'
import { Context, type Surroundings } from './context.ts'

export type { Need } from './case.ts'

/** How long a case waits for what has to come about; less, by default, when it is known that it will not. */
const [PATIENCE_MS, PATIENCE_WITH_KNOWN_MS] = [15_000, 1_000]

const cases: readonly Case[] = [
  ...connecting,
  ...admin,
  ...records,
  ...batches,
  ...bounds,
  ...refusals,
  ...connections,
  ...leaders,
  ...idempotence,
  ...hostile,
  ...consuming,
  ...groups,
  ...transactions,
  ...security,
  ...runs,
]

/** Known failures: by the name of the case, why. */
export type Failures = Readonly<Record<string, string>>

export interface ConformityOptions {
  /** `host:port` of one real broker that is there for the tests; default: an embedded one is started for each case. */
  readonly brokers?: readonly string[]
  /** Laid over the configuration that the driver is made with, e.g. `tls` and `sasl`. */
  readonly config?: Config
  /** Cases that are known to fail. One that passes is told as an error, so that the list stays true. */
  readonly failures?: Failures
  /**
   * How long such a case waits for what is known not to come about, in ms; 15,000, as any other, shows that it is no matter of
   * time. @default 1000
   */
  readonly failurePatienceMs?: number
}

/** A case, bound to the driver. */
export interface Check {
  readonly name: string
  readonly about: string
  readonly needs: readonly Need[]
  /** To be run by itself; the others can go side by side. */
  readonly alone: boolean
  /** Rejects when the driver does not do as it should, or when a known failure passes. */
  run(): Promise<void>
}

/**
 * The cases for the driver that a plugin provides.
 * @throws Error when `failures` names a case that there is not.
 * @example for (const { name, run } of conformity(myDriver())) it(name, run)
 */
export function conformity(plugin: Plugin | InlinePlugin, options: ConformityOptions = {}): readonly Check[] {
  const { brokers, failures = {}, failurePatienceMs = PATIENCE_WITH_KNOWN_MS } = options
  const names = new Set(cases.map(each => each.name))
  const unknown = Object.keys(failures).filter(name => !names.has(name))
  if (unknown.length > 0) throw new Error(`no conformity case is called ${unknown.join(', ')}`)
  return cases
    .filter(each => brokers === undefined || runsOnReal(each))
    .map(each => ({
      name: each.name,
      about: each.about,
      needs: each.needs ?? [],
      alone: each.alone ?? false,
      run: () =>
        judge(each, failures[each.name], failurePatienceMs, patienceMs =>
          perform(each, { ...options, plugin, patienceMs }),
        ),
    }))
}

function runsOnReal({ needs = [], broker }: Case): boolean {
  return !needs.includes('embedded') && (broker?.brokers ?? 1) === 1
}

async function judge(
  { name }: Case,
  known: string | undefined,
  failurePatienceMs: number,
  run: (patienceMs: number) => Promise<void>,
): Promise<void> {
  if (known === undefined) return run(PATIENCE_MS)
  const failed = await run(failurePatienceMs).then(
    () => false,
    () => true,
  )
  assert.ok(failed, `${name} passes now: take it off the list of failures (it said: ${known})`)
}

type Performance = ConformityOptions & Pick<Surroundings, 'plugin' | 'patienceMs'>

async function perform(
  { needs = [], broker: wanted, config, run }: Case,
  { plugin, patienceMs, ...options }: Performance,
): Promise<void> {
  const broker = options.brokers === undefined ? await startBroker(wanted, () => undefined) : undefined
  const brokers = options.brokers ?? broker?.addresses ?? []
  const surroundings = { plugin, brokers, broker, config: { ...options.config, ...config }, patienceMs }
  try {
    await unbroken(async () => {
      const context = await Context.open(surroundings)
      try {
        for (const need of needs)
          if (need !== 'embedded') assert.ok(context.driver.can[need], `the driver's can.${need} is false`)
        await run(context)
      } finally {
        await context.close()
      }
    })
  } finally {
    await broker?.close()
  }
}

/** Of the cases that are running. */
const watchers = new Set<(error: unknown) => void>()

/** What a driver throws where nobody can catch it fails the case: it would end the run's process. */
async function unbroken(run: () => Promise<void>): Promise<void> {
  const errors: unknown[] = []
  const watch = (error: unknown) => void errors.unshift(error)
  watchers.add(watch)
  if (watchers.size === 1)
    process.setUncaughtExceptionCaptureCallback(error => {
      for (const each of watchers) each(error)
    })
  await run().catch(error => errors.push(error))
  watchers.delete(watch)
  if (watchers.size === 0) process.setUncaughtExceptionCaptureCallback(null)
  if (errors.length > 0) throw errors[0]
}
