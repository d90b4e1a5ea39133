import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  plugins: [
    {
      name: 'acme-tenant',
      register() {
        throw new Error('no licence')
      },
    },
  ],
})
