/**
 * Room for what soon is garbage: a fourteenth less work. Tests run much code, and each part of it seldom: compiled for speed
 * later, and with less put into it, it takes a tenth less. Newer Nodes have a faster compiler in between, and no such budget.
 */
export const v8Options: readonly string[] = [
  '--max-semi-space-size=64',
  '--max-inlined-bytecode-size-cumulative=300',
  ...(process.version.startsWith('v20.') ? ['--interrupt-budget=500000'] : []),
]
