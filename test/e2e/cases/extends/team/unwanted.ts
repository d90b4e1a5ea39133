import { definePlugin } from 'kafka-loadtest/plugin'

export default definePlugin({
  name: 'unwanted',
  register() {
    throw new Error('without(…) should have taken this away')
  },
})
