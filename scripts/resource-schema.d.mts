export function writeResourceSchema(): Promise<URL>
