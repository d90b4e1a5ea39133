/** As fast as the broker takes it, without keys: service time and what it is made of, a stamp in every value. */
import { defineConfig } from 'kafka-loadtest'
import { told } from './told.ts'

export default defineConfig({
  rate: 'max',
  consumers: 0,
  plugins: [told()],
})
