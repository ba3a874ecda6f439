// What every command is given of this machine, in one piece: a file for each is read in a tenth of Node's start.
export { noAsk, terminalAsk } from './ask.ts'
export { haltingClock, systemChance } from './clock.ts'
export { diskFiles } from './files.ts'
export { signalInterrupts } from './interrupts.ts'
export { localServers } from './local.ts'
export { childProcesses } from './run.ts'
export { diskRuns, NO_DURATIONS } from './runs.ts'
export { currentUser } from './user.ts'
