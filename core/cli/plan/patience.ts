/** ms of CPU since it was made: what else the machine does is not to change what is drawn. */
export function stopwatch(): () => number {
  const from = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(from)
    return (user + system) / 1000
  }
}
