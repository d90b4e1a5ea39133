export default ({ command }) => ({ rate: command === 'run' ? '40/s' : '1/s' })
