/** Headers as a driver finds them, without a run. */
import type { Config } from '../../../core/config/types.ts'
import { PooledDraft } from '../../../core/record.ts'
import { registered } from '../draws.ts'

/** Answers a copy of a record's headers. */
export async function headersOf(plugins: NonNullable<Config['plugins']>, config?: Config) {
  const { hooks } = await registered(plugins, config)
  const draft = new PooledDraft()
  return (index: number): Record<string, Buffer> => {
    draft.begin(index, 0, 0, 0)
    hooks.beforeSend.call(draft)
    const { headers } = draft
    return Object.fromEntries(
      Array.from({ length: headers.count }, (_, i) => [headers.name(i), Buffer.from(headers.value(i) ?? '')]),
    )
  }
}

export function texts(headers: Record<string, Buffer>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()]))
}
