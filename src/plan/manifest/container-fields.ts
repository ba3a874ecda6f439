import { commandFields } from '../features/command.ts'
import { dependencyFields } from '../features/dependencies.ts'
import { envFileFields } from '../features/env-file.ts'
import { healthcheckFields } from '../features/healthcheck.ts'
import { limitsFields } from '../features/limits.ts'
import { labelFields, processFields } from '../features/process.ts'
import { secretsFields } from '../features/secrets.ts'
import { variablesFields } from '../features/variables.ts'

/** What the service's own container and each sidecar can say in the same words. */
export const containerFields = {
  ...commandFields,
  ...variablesFields,
  ...envFileFields,
  ...secretsFields,
  ...processFields,
  ...limitsFields,
}

/** What Copilot has below `image` of the service's own container, and beside it of a sidecar. */
export const imageSideFields = { ...healthcheckFields, ...labelFields, ...dependencyFields }
