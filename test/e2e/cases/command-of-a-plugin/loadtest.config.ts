import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  plugins: [
    {
      name: 'acme-tenant',
      commands: async () => [
        {
          name: 'tenants',
          summary: 'lists the tenants',
          options: [{ flags: '--rare', about: 'only the rare ones' }],
          async run(options) {
            console.log(options['rare'] ? 'tenants: rare only' : 'tenants: all')
            return 7
          },
        },
      ],
      register() {},
    },
  ],
})
