import { environmentStack, logicalName, serviceStack } from '../../names.ts'
import type { Checked, Combination } from './places.ts'

/** Names that become one when they are put together. */
export function sameNames({ manifest, environment, services }: Checked): Combination[] {
  const { app } = manifest
  const alike = services.flatMap(({ name }, index) => {
    const other = services.slice(0, index).find((one) => logicalName(one.name) === logicalName(name))
    return other ? [{ path: ['services', name], message: `is too much like ${other.name}`, atKey: true }] : []
  })
  const stacks = new Map(services.map(({ name }) => [serviceStack(app, environment, name), name]))
  const names = Object.keys(manifest.environments ?? {})
  // Only stacks of these can meet; to compare those of every pair would take seconds where there are hundreds.
  const prefix = `${environment}-`
  const near = names.filter((name) => name.startsWith(prefix) || prefix.startsWith(name))
  const other = near.flatMap((name) => {
    // Two environments whose services meet are told of once.
    const isLater = names.indexOf(name) > names.indexOf(environment)
    const later = isLater ? services.map((one) => serviceStack(app, name, one.name)) : []
    const same = [environmentStack(app, name), ...later].find((stack) => stacks.has(stack)) ?? ''
    const message = `its stack would be called like that of ${stacks.get(same)} in ${environment}: ${same}`
    return same === '' ? [] : [{ path: ['environments', name], because: [['app']], message, atKey: true }]
  })
  return [...alike, ...other]
}
