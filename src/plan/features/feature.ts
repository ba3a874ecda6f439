import type { Check, Checked, Combination, ContainerCheck } from '../manifest/checks/places.ts'
import type { Environment, Service } from '../manifest/model.ts'
import type { ContainerSettings } from '../manifest/schema.ts'
import type { Json, Template, TemplateTexts } from '../template.ts'

/** A container of a task: what the manifest says of it, and the beginning of its definition. */
export interface Container {
  readonly name: string
  readonly settings: ContainerSettings
  readonly definition: Json
}

export interface EnvironmentInputs {
  readonly environment: Environment
  readonly texts: TemplateTexts
}

export interface ServiceInputs extends EnvironmentInputs {
  readonly service: Service
  /** The service's own container first, then its sidecars. */
  readonly containers: readonly Container[]
}

/** One thing that a manifest can ask for, and what it adds to stacks. Its fields stand beside it, for the schema. */
export interface Feature {
  /** Further containers of a task. */
  readonly containers?: (inputs: Omit<ServiceInputs, 'containers'>) => readonly Container[]
  /** Members of a container's definition. Lists of several features are joined. */
  readonly container?: (settings: ContainerSettings, container: Container, inputs: ServiceInputs) => Json
  /** Its part of a service's stack. */
  readonly service?: (template: Template, inputs: ServiceInputs) => Template
  /** Values of the parameters that it added to a service's stack. */
  readonly parameters?: (inputs: ServiceInputs) => Readonly<Record<string, string | number>>
  /** Its part of an environment's stack. */
  readonly environment?: (template: Template, inputs: EnvironmentInputs) => Template
  /** Values of the parameters that it added to an environment's stack. */
  readonly environmentParameters?: (inputs: EnvironmentInputs) => Readonly<Record<string, string | number>>
  /** Combinations of a service that AWS would refuse, or that cannot work. */
  readonly checks?: readonly Check[]
  /** The same of each container of a service. */
  readonly containerChecks?: readonly ContainerCheck[]
  /** The same of an environment and of services together. */
  readonly environmentChecks?: readonly ((checked: Checked) => Combination[])[]
}
