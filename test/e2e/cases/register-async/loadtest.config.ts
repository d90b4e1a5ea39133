import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  plugins: [fakeDriver(), { name: 'acme-tenant', async register() {} } as never],
})
