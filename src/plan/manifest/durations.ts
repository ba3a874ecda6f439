const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

/** `90s`, `5m`, `1h` or a number of seconds. */
export const seconds = (duration: string | number): number =>
  typeof duration === 'number' ? duration : Number(duration.slice(0, -1)) * (UNITS[duration.slice(-1)] ?? 1)

export const given = (duration: string | number | undefined, otherwise: number): number =>
  duration === undefined ? otherwise : seconds(duration)
