/** The embedded broker is part of the run: figures without it are none. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadtest, resultIn, scratch } from './cli.ts'

const config = fileURLToPath(new URL('./embedded', import.meta.url))

it('a run whose embedded broker is killed ends as invalid', async context => {
  const cwd = scratch(context, config)
  let killed = false
  const { exitCode, stdout, stderr } = await loadtest(['run'], {
    cwd,
    onOutput({ pid }, said) {
      if (killed || !said.includes('second 2')) return
      killed = true
      const [broker] = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).split('\n')
      process.kill(Number(broker), 'SIGKILL')
    },
  })
  expect(exitCode, stdout + stderr).toBe(5)
  const { run, verdict } = resultIn(cwd) ?? {}
  expect(run?.stopped).toBe('broker: the embedded broker has ended by itself')
  expect(verdict?.state).toBe('invalid')
  expect(verdict?.reasons).toContainEqual({ code: 'broker', detail: 'the embedded broker ended by itself' })
})

it('a broker that npx started ends with it, though npx ends its shell alone', async () => {
  const bin = fileURLToPath(new URL('../../core/cli/loadtest.js', import.meta.url))
  // as npx has it: a shell in between, which goes without a word
  const script = `'${process.execPath}' '${bin}' broker --port 0; true`
  const shell = spawn('sh', ['-c', script], {
    env: { ...process.env, npm_command: 'exec' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [said] = await once(shell.stdout.setEncoding('utf8'), 'data')
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1])
  const answers = () =>
    new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
  expect(await answers()).toBe(true)
  shell.kill('SIGTERM')
  await expect.poll(answers, { timeout: 15_000 }).toBe(false)
})
