import type { Schema } from 'kafka-loadtest/plugin'

type Options = { readonly every: number }

/** A Standard Schema without a library. */
export const every: Schema<Options> = {
  '~standard': {
    version: 1,
    vendor: 'acme',
    validate: value =>
      Number.isInteger((value as Options).every)
        ? { value: value as Options }
        : { issues: [{ path: ['every'], message: 'expected a whole number' }] },
  },
}
