/** The worker's own figures of a second: what the verdict on the generator is based on. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { SeriesRow } from '../result.ts'

/** The lag is main's: it comes from the streams' histograms. The loop's delay is without the sampling resolution of 1 ms. */
export type GeneratorPart = Omit<SeriesRow['generator'], 'schedulingLagP99'>

/** Node ≥ 23.9 tells a thread's own CPU time; before that the process's stands in for it. */
const cpuOf: () => NodeJS.CpuUsage =
  (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage?.bind(process) ??
  (() => process.cpuUsage())

export function watchGenerator(): { take(): GeneratorPart; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  let loop = performance.eventLoopUtilization()
  let cpu = cpuOf()
  let at = performance.now()
  return {
    take() {
      const [loopNow, cpuNow, now] = [performance.eventLoopUtilization(), cpuOf(), performance.now()]
      const busyUs = cpuNow.user + cpuNow.system - cpu.user - cpu.system
      const part = {
        cpu: busyUs / 1000 / Math.max(1, now - at),
        eventLoopUtilization: performance.eventLoopUtilization(loopNow, loop).utilization,
        eventLoopDelayP99:
          delay.count === 0 ? 0 : Math.max(0, Math.round(delay.percentile(99) / 1000) - 1000),
        rss: process.memoryUsage.rss(),
      }
      delay.reset()
      loop = loopNow
      cpu = cpuNow
      at = now
      return part
    },
    stop: () => void delay.disable(),
  }
}
