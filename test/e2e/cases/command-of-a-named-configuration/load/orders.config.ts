import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  plugins: [
    {
      name: 'acme-tenant',
      commands: async () => [
        {
          name: 'tenants',
          summary: 'lists the tenants',
          async run() {
            console.log('tenants')
            return 0
          },
        },
      ],
      register() {},
    },
  ],
})
