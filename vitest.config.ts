import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// most of them wait for time to pass
const maxWorkers = Math.ceil(availableParallelism() * 1.5)

export default defineConfig({
  test: {
    globalSetup: 'test/temporary.ts',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/compat/**'],
          testTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'compat',
          include: ['test/compat/**/*.test.ts'],
          testTimeout: 180_000,
          // each file has a broker of its own, which takes more than it waits when it starts
          maxWorkers: 2,
        },
      },
    ],
  },
})
