import type { Lookups } from '../../context.ts'
import type { Clients } from '../clients.ts'
import { accountLookups } from './account.ts'
import { imageLookups } from './images.ts'
import { instanceLookups } from './instances.ts'
import { namedLookups } from './named.ts'
import { networkLookups } from './network.ts'
import { secretLookups } from './secrets.ts'

/** What is looked up before anything is changed. */
export const lookups = (clients: Clients, clientsIn: (region: string) => Clients): Lookups => ({
  ...accountLookups(clients),
  ...imageLookups(clientsIn),
  ...instanceLookups(clients),
  ...namedLookups(clients),
  ...networkLookups(clients),
  ...secretLookups(clients),
})
