import type { Target } from '../context.ts'
import { explainAwsError } from './errors.ts'

/** What all clients are made with. */
export interface ClientSettings {
  readonly region?: string
  readonly profile?: string
  readonly endpoint?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly maxAttempts: number
}

/** The embedded AWS takes any key; these say in its logs who is there. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'img2vid-local', secretAccessKey: 'img2vid-local' }
export const LOCAL_REGION = 'us-east-1'

export function clientSettings({ region, profile, local }: Target): ClientSettings {
  const maxAttempts = 8
  if (local) {
    const { endpoint } = local
    return { region: region ?? LOCAL_REGION, endpoint, credentials: LOCAL_CREDENTIALS, maxAttempts }
  }
  return { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }), maxAttempts }
}

interface Sender<Command, Output> {
  send(command: Command): Promise<Output>
}

type Importer<Client> = () => Promise<new (settings: ClientSettings) => Client>

/** A client that is imported and made when it is first needed, and whose errors come in our words. */
export type LazyClient<Client> = () => Promise<Client>

export function lazyClient<Client extends object>(
  settings: ClientSettings,
  load: Importer<Client>,
): LazyClient<Client> {
  let client: Promise<Client> | undefined
  return () => {
    client ??= load().then((Constructor) => explained(new Constructor(settings)))
    return client
  }
}

function explained<Client extends object>(client: Client): Client {
  const { send } = client as unknown as Sender<unknown, unknown>
  return Object.assign(client, {
    send: (command: unknown) =>
      send.call(client, command).catch((error: unknown) => {
        throw explainAwsError(error)
      }),
  })
}

/** All pages of a listing, joined. */
export async function allPages<Item>(
  page: (token: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next: string | undefined }>,
): Promise<Item[]> {
  const all: Item[] = []
  let token: string | undefined
  do {
    const { items, next } = await page(token)
    all.push(...items)
    token = next
  } while (token)
  return all
}
