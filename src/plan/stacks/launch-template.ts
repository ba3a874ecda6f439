import { type Json, type Template, withProperties } from '../template.ts'

/** As far as the template of the instances goes. */
interface LaunchTemplateData extends Json {
  readonly BlockDeviceMappings: readonly { readonly Ebs: Json }[]
  readonly UserData: { readonly 'Fn::Base64': { readonly 'Fn::Sub': string } }
  readonly NetworkInterfaces: readonly { readonly Groups: readonly unknown[] }[]
}

/** What the instances of a service are started with, changed in part. */
export const withLaunchTemplateData = (
  template: Template,
  prefix: string,
  change: (data: LaunchTemplateData) => Json,
): Template =>
  withProperties(template, `${prefix}LaunchTemplate`, (properties) => {
    const data = properties.LaunchTemplateData as LaunchTemplateData
    return { ...properties, LaunchTemplateData: { ...data, ...change(data) } }
  })
