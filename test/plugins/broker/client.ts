/** What tests of the broker share: a bare client, batches, and a little patience. */
import { type BatchOptions, encodeBatch } from '../../../plugins/protocol/records.ts'

export { framed, frameOf, TestClient } from '../../conformity/raw.ts'

/** What ApiVersions wants to know of a client, from version 3 on. */
export const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }

/** A batch of `count` records with values of `bytes` bytes. */
export function batchOf(
  count: number,
  bytes = 10,
  options: BatchOptions & { timestamp?: number } = {},
): Buffer {
  const { timestamp = 1, ...rest } = options
  const records = Array.from({ length: count }, (_, n) => ({ timestamp, value: Buffer.alloc(bytes, n) }))
  return encodeBatch(records, rest)
}

/** Waits for something that has to come about, however long the machine takes. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
