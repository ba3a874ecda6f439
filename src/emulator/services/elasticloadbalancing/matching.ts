import { BlockList, isIPv6 } from 'node:net'
import type { RuleCondition, RuleTransform } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { BalancerRequest } from '../../runtime/balancer/balancer.ts'

/** `*` stands for any text, `?` for one character; a backslash takes that away. */
function wildcard(pattern: string, flags = ''): RegExp {
  const expression = pattern.replace(/\\([*?\\])|[.*+?^${}()|[\]\\]/g, (special, escaped: string | undefined) => {
    if (escaped !== undefined) return `\\${escaped}`
    return special === '*' ? '[^]*' : special === '?' ? '[^]' : `\\${special}`
  })
  return new RegExp(`^${expression}$`, flags)
}

interface Patterns {
  readonly Values?: string[] | undefined
  readonly RegexValues?: string[] | undefined
}

function patternMatches({ Values = [], RegexValues = [] }: Patterns, text: string, flags = ''): boolean {
  return (
    Values.some((pattern) => wildcard(pattern, flags).test(text)) ||
    RegexValues.some((expression) => new RegExp(expression, flags).test(text))
  )
}

/** The host of a request without its port. */
export const hostOf = ({ headers }: BalancerRequest): string => (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()

export const splitUrl = (url: string): { readonly path: string; readonly query: string } => {
  const mark = url.indexOf('?')
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}

export function conditionMatches(condition: RuleCondition, request: BalancerRequest): boolean {
  const { path, query } = splitUrl(request.url)
  switch (condition.Field) {
    case 'path-pattern':
      return patternMatches(condition, path)
    case 'host-header':
      return patternMatches(condition, hostOf(request), 'i')
    case 'http-request-method':
      return condition.HttpRequestMethodConfig?.Values?.includes(request.method) ?? false
    case 'http-header': {
      const { HttpHeaderName = '', ...patterns } = condition.HttpHeaderConfig ?? {}
      const values = [request.headers[HttpHeaderName.toLowerCase()] ?? []].flat()
      return values.some((value) => patternMatches(patterns, value, 'i'))
    }
    case 'query-string': {
      const pairs = [...new URLSearchParams(query)]
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value = '' }) =>
        pairs.some(
          ([key, value]) => (Key === undefined || wildcard(Key, 'i').test(key)) && wildcard(Value, 'i').test(value),
        ),
      )
    }
    case 'source-ip':
      return (condition.SourceIpConfig?.Values ?? []).some((range) => inRange(range, request.source))
    default:
      return false
  }
}

function inRange(range: string, address: string): boolean {
  const [base = '', prefix] = range.split('/')
  const kind = isIPv6(base) ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(base, Number(prefix ?? (kind === 'ipv6' ? 128 : 32)), kind)
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** A text after the rewrites of one type: each matches an expression and puts groups of it in a replacement. */
export function rewrite(transforms: readonly RuleTransform[], type: RuleTransform['Type'], text: string): string {
  const rewrites = transforms
    .filter(({ Type }) => Type === type)
    .flatMap(
      ({ HostHeaderRewriteConfig, UrlRewriteConfig }) => (HostHeaderRewriteConfig ?? UrlRewriteConfig)?.Rewrites ?? [],
    )
  return rewrites.reduce((result, { Regex = '', Replace = '' }) => result.replace(new RegExp(Regex), Replace), text)
}
