import { definePlugin } from '../../core/plugin.ts'

/** Records in even steps, as the engine has them by itself: takes the place of the arrivals of a preset. */
export const even = definePlugin({
  name: 'arrivals.even',
  slot: 'arrivals',
  // the engine's own places are these, and cost no call
  stream: () => undefined,
})
