import type * as Sdk from '@aws-sdk/client-iam'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { alreadyExists, iamArn, invalidInput, noSuchEntity, type OidcProvider, validationError } from './state.ts'

export function findOidcProvider(world: World, arn = ''): OidcProvider {
  const provider = world.state.iam.oidcProviders[arn]
  if (provider) return provider
  throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
}

export const oidcProviders = (world: World) =>
  ({
    CreateOpenIDConnectProvider: ({ Url = '', ClientIDList = [], ThumbprintList = [], Tags }) => {
      if (!/^https:\/\/[^/]+\.[^/]+/.test(Url)) throw validationError('Invalid Open ID Connect Provider URL')
      if (ThumbprintList.length > 5) throw invalidInput('Thumbprint list must contain fewer than 5 entries.')
      const url = Url.replace('https://', '').replace(/\/$/, '')
      const arn = iamArn(world, `oidc-provider/${url}`)
      if (world.state.iam.oidcProviders[arn]) throw alreadyExists(`Provider with url ${Url} already exists.`)
      world.state.iam.oidcProviders[arn] = {
        arn,
        url,
        created: world.clock.now(),
        clientIds: ClientIDList,
        thumbprints: ThumbprintList,
        tags: tagRecord(Tags),
      }
      return { OpenIDConnectProviderArn: arn, ...(Tags?.length && { Tags }) }
    },

    GetOpenIDConnectProvider: ({ OpenIDConnectProviderArn }) => {
      const provider = findOidcProvider(world, OpenIDConnectProviderArn)
      return {
        Url: provider.url,
        ClientIDList: provider.clientIds,
        ThumbprintList: provider.thumbprints,
        CreateDate: provider.created,
        Tags: tagList(provider.tags),
      }
    },

    ListOpenIDConnectProviders: () => ({
      OpenIDConnectProviderList: Object.keys(world.state.iam.oidcProviders).map((Arn) => ({ Arn })),
    }),

    AddClientIDToOpenIDConnectProvider: ({ OpenIDConnectProviderArn, ClientID = '' }) => {
      const provider = findOidcProvider(world, OpenIDConnectProviderArn)
      provider.clientIds = [...new Set([...provider.clientIds, ClientID])]
      return {}
    },

    RemoveClientIDFromOpenIDConnectProvider: ({ OpenIDConnectProviderArn, ClientID }) => {
      const provider = findOidcProvider(world, OpenIDConnectProviderArn)
      provider.clientIds = provider.clientIds.filter((id) => id !== ClientID)
      return {}
    },

    UpdateOpenIDConnectProviderThumbprint: ({ OpenIDConnectProviderArn, ThumbprintList = [] }) => {
      findOidcProvider(world, OpenIDConnectProviderArn).thumbprints = ThumbprintList
      return {}
    },

    DeleteOpenIDConnectProvider: ({ OpenIDConnectProviderArn: arn = '' }) => {
      if (!world.state.iam.oidcProviders[arn]) throw noSuchEntity(`OpenId connect Provider ${arn} cannot be found.`)
      delete world.state.iam.oidcProviders[arn]
      return {}
    },
  }) satisfies Handlers<typeof Sdk>
