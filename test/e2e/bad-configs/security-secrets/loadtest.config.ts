export default {
  brokers: ['127.0.0.1:9093'],
  sasl: { mechanism: 'plain', password: 'hunter2', token: { env: 'hunter2' } },
}
