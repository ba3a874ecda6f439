/** `1024`, `1 vCPU` and `4 GB` are all ways to say it. */
export function sizeIn(text: string, unit: 'vcpu' | 'gb'): number {
  const [, amount = '', suffix] = /^([\d.]+)\s*(vcpu|gb)?$/i.exec(text.trim()) ?? []
  return suffix?.toLowerCase() === unit ? Number(amount) * 1024 : Number(amount)
}
