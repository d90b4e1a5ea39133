export default { plugins: [{ name: 'tenant', streams() {} }] }
