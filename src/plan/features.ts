import { balancerNames } from './features/balancer-names.ts'
import { boundary } from './features/boundary.ts'
import { capacity } from './features/capacity.ts'
import { command } from './features/command.ts'
import { compute } from './features/compute.ts'
import { connect } from './features/connect.ts'
import { dependencies } from './features/dependencies.ts'
import { deployment } from './features/deployment.ts'
import { encryption } from './features/encryption.ts'
import { envFile } from './features/env-file.ts'
import { external } from './features/external.ts'
import type { Feature } from './features/feature.ts'
import { firelens } from './features/firelens.ts'
import { firewall } from './features/firewall.ts'
import { healthcheck } from './features/healthcheck.ts'
import { host } from './features/host.ts'
import { http } from './features/http.ts'
import { image } from './features/image.ts'
import { ingress } from './features/ingress.ts'
import { insights } from './features/insights.ts'
import { instances } from './features/instances.ts'
import { limits } from './features/limits.ts'
import { loadBalancer } from './features/load-balancer.ts'
import { logging } from './features/logging.ts'
import { managed } from './features/managed.ts'
import { network } from './features/network.ts'
import { networkBalancer } from './features/network-balancer.ts'
import { networkMode } from './features/network-mode.ts'
import { permissions } from './features/permissions.ts'
import { placement } from './features/placement.ts'
import { platform } from './features/platform.ts'
import { process } from './features/process.ts'
import { records } from './features/records.ts'
import { rollbackAlarms } from './features/rollback-alarms.ts'
import { scaling } from './features/scaling.ts'
import { secrets } from './features/secrets.ts'
import { security } from './features/security.ts'
import { sidecars } from './features/sidecars.ts'
import { spot } from './features/spot.ts'
import { storage } from './features/storage.ts'
import { testListener } from './features/test-listener.ts'
import { tracing } from './features/tracing.ts'
import { variables } from './features/variables.ts'

/** All that a manifest can ask for, in the order in which stacks are put together. */
export const features: readonly Feature[] = [
  security,
  network,
  command,
  image,
  compute,
  platform,
  networkMode,
  host,
  spot,
  variables,
  envFile,
  secrets,
  healthcheck,
  process,
  limits,
  dependencies,
  sidecars,
  permissions,
  logging,
  loadBalancer,
  testListener,
  firelens,
  tracing,
  http,
  networkBalancer,
  records,
  connect,
  ingress,
  deployment,
  scaling,
  rollbackAlarms,
  instances,
  placement,
  managed,
  external,
  insights,
  encryption,
  firewall,
  storage,
  balancerNames,
  capacity,
  boundary,
]
