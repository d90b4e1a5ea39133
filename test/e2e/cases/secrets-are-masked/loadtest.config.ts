import { defineConfig, definePlugin, type Plugin } from 'kafka-loadtest'
import type { Schema } from 'kafka-loadtest/plugin'
import { fakeDriver } from 'kafka-loadtest/testing'

type Options = { url: string; apiKey: string; login: { user: string; password: string } }
const anything: Schema<Options> = {
  '~standard': { version: 1, vendor: 'acme', validate: value => ({ value: value as Options }) },
}
const sheet: (options: Options) => Plugin = definePlugin({
  name: 'acme-sheet',
  schema: anything,
  register() {},
})

export default defineConfig({
  rate: '50/s',
  warmup: 0,
  duration: '1s',
  consumers: 0,
  plugins: [
    fakeDriver(),
    sheet({ url: 'https://sheet.example', apiKey: 'hunter2', login: { user: 'ci', password: 'hunter2' } }),
  ],
})
