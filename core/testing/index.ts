/** For tests of plugins and of the engine: a clock and a driver that do what a test says. */
export { createClock } from './clock.ts'
export { type FakeDriverOptions, fakeDriver } from './driver.ts'

/** Give it to `run` as `clock`: a minute's schedule runs in as long as its work takes, with the same figures every time. */
export const virtualClock: URL = new URL(`./clock${import.meta.url.slice(-3)}`, import.meta.url)
