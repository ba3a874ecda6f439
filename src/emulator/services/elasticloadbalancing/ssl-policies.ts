import type { SslPolicy } from '@aws-sdk/client-elastic-load-balancing-v2'

/** What the API takes when none is given; the console proposes a newer one. */
export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08'

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const FORWARD_SECRET = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]
const CBC = [
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
]
const OLD = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES128-SHA', 'AES256-GCM-SHA384', 'AES256-SHA256', 'AES256-SHA']

const policy = (Name: string, SslProtocols: string[], ciphers: string[]): SslPolicy & { readonly Name: string } => ({
  Name,
  SslProtocols,
  Ciphers: ciphers.map((name, index) => ({ Name: name, Priority: index + 1 })),
  SupportedLoadBalancerTypes: ['application', 'network'],
})

/** The policies that templates name most; AWS has some thirty. */
export const sslPolicies = [
  policy(DEFAULT_SSL_POLICY, ['TLSv1', 'TLSv1.1', 'TLSv1.2'], [...FORWARD_SECRET, ...CBC, ...OLD]),
  policy('ELBSecurityPolicy-TLS-1-2-2017-01', ['TLSv1.2'], [...FORWARD_SECRET, ...CBC, ...OLD]),
  policy('ELBSecurityPolicy-TLS-1-2-Ext-2018-06', ['TLSv1.2'], [...FORWARD_SECRET, ...CBC, ...OLD]),
  policy('ELBSecurityPolicy-FS-1-2-Res-2020-10', ['TLSv1.2'], FORWARD_SECRET),
  policy('ELBSecurityPolicy-TLS13-1-2-2021-06', ['TLSv1.2', 'TLSv1.3'], [...TLS13, ...FORWARD_SECRET, ...CBC]),
  policy('ELBSecurityPolicy-TLS13-1-2-Res-2021-06', ['TLSv1.2', 'TLSv1.3'], [...TLS13, ...FORWARD_SECRET]),
  policy('ELBSecurityPolicy-TLS13-1-3-2021-06', ['TLSv1.3'], TLS13),
  policy('ELBSecurityPolicy-TLS13-1-2-PQ-2025-09', ['TLSv1.2', 'TLSv1.3'], [...TLS13, ...FORWARD_SECRET, ...CBC]),
  policy('ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09', ['TLSv1.2', 'TLSv1.3'], [...TLS13, ...FORWARD_SECRET]),
  policy('ELBSecurityPolicy-TLS13-1-3-PQ-2025-09', ['TLSv1.3'], TLS13),
]
