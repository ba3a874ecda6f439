// Loaded before the program: writes down the most memory that it held, in KiB. What the kernel tells of a process itself
// counts from its own beginning; what it tells a parent includes what the parent was when it forked.
const { readFileSync, writeFileSync } = require('node:fs')

process.on('exit', () => {
  let kib = process.resourceUsage().maxRSS
  if (process.platform === 'linux') kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]
  writeFileSync(process.env.BENCH_PEAK, String(kib))
})
