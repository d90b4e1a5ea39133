/** The kafkajs driver for tests; the engine's side of the port is the conformity suite's. */
import type { Driver } from '../../../../core/plugin.ts'
import { KafkajsDriver } from '../../../../plugins/drivers/kafkajs/driver.ts'
import { now, TIMEOUT_US } from '../../../conformity/harness.ts'

export {
  Harness,
  now,
  read,
  soon,
  TIMEOUT_US,
  until,
} from '../../../conformity/harness.ts'

export function driverFor(...brokers: string[]): Driver {
  return new KafkajsDriver(brokers, now, TIMEOUT_US)
}
