export default { plugins: [{ name: 'tenant', setup() {} }] }
