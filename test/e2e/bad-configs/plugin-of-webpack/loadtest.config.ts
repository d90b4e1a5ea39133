class TenantPlugin {
  apply() {}
}

export default { plugins: [new TenantPlugin()] }
