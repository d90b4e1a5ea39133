import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** µs of a tick of the kernel's accounts. */
const TICK_US = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** µs of CPU that a process has used, user and system, all its threads, those that have ended too; its children's is not in it. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // the command's name may hold blanks, but it ends with the last bracket
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

/** Bytes of a process that are in memory; 0 when it has just ended. */
export function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}
