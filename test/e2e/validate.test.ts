import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadtest } from './cli.ts'

it('warns of thresholds on figures that no plugin tells of, since they may come in the run', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'validate-'))
  const config = `
plugins:
  - [transactions, { records: 50 }]
thresholds:
  transactions.committed: '> 0'
  transactions.commit.p99: '< 1s'
  transactions.abortd: '== 0'
  transactions.commit: '< 1s'
  rebalances.frequency: '< 5'
`
  writeFileSync(join(cwd, 'loadtest.config.yaml'), config)
  const { exitCode, stdout, stderr } = await loadtest(['validate'], { cwd, env: {} })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^valid: loadtest\.config\.yaml, /m)
  const such = 'tells of no such figure before a run:'
  expect(stderr.trim().split('\n')).toEqual([
    `warning: thresholds.transactions.abortd: plugin transactions ${such} did you mean transactions.aborted?`,
    `warning: thresholds.transactions.commit: plugin transactions ${such} did you mean transactions.committed?`,
    expect.stringMatching(
      /^warning: thresholds\.rebalances\.frequency: plugin rebalances .* it has rebalances\.count, /,
    ),
  ])
})
