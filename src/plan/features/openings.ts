/** Answers true for each port once: a security group takes no rule twice. */
export function openings(): (port: string | number) => boolean {
  const opened = new Set<string | number>()
  return (port) => {
    const isNew = !opened.has(port)
    opened.add(port)
    return isNew
  }
}
