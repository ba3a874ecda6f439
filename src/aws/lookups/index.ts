import type { Lookups } from '../../context.ts'
import type { Connection } from '../clients.ts'
import { accountLookups } from './account.ts'
import { imageLookups } from './images.ts'
import { instanceLookups } from './instances.ts'
import { networkLookups } from './network.ts'
import { secretLookups } from './secrets.ts'

/** What is looked up before anything is changed. */
export const lookups = (connection: Connection): Lookups => ({
  ...accountLookups(connection),
  ...imageLookups(connection),
  ...instanceLookups(connection),
  ...networkLookups(connection),
  ...secretLookups(connection),
})
