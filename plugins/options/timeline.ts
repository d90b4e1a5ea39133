/** Times as recordings have them → µs. */
export const UNITS = ['s', 'ms', 'us', 'iso'] as const
export type Unit = (typeof UNITS)[number]

/** What a cell of a column of times holds, and how it is read. Whole µs: a recording's clock is an epoch as well as a stopwatch. */
export const times: Readonly<
  Record<Unit, { readonly expected: string; read(cell: string): number | undefined }>
> = {
  s: { expected: 'a time in seconds', read: cell => scaled(cell, 1e6) },
  ms: { expected: 'a time in ms', read: cell => scaled(cell, 1e3) },
  us: { expected: 'a time in µs', read: cell => scaled(cell, 1) },
  iso: { expected: 'a time such as 2026-11-24T16:06:00.123456Z', read: isoInUs },
}

function scaled(cell: string, us: number): number | undefined {
  const n = Number(cell)
  return Number.isFinite(n) ? Math.round(n * us) : undefined
}

/** `Date` is good to a ms and takes a time without a zone for local time: here it is UTC, and keeps its µs. */
function isoInUs(cell: string): number | undefined {
  const [, date, time, fraction = '0', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(cell) ?? []
  const ms = Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(ms) ? undefined : ms * 1e3 + Math.round(Number(`0.${fraction}`) * 1e6)
}
