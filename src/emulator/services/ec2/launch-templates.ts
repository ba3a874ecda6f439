import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { find, missing } from './find.ts'
import { newId } from './ids.ts'
import type { Ec2State, LaunchTemplate, LaunchTemplateVersion } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.LaunchTemplate> = {
  'create-time': 'CreateTime',
  'launch-template-id': 'LaunchTemplateId',
  'launch-template-name': 'LaunchTemplateName',
}
const versionPaths: FilterPaths<Sdk.LaunchTemplateVersion> = {
  'create-time': 'CreateTime',
  'iam-instance-profile': 'LaunchTemplateData.IamInstanceProfile.Arn',
  'image-id': 'LaunchTemplateData.ImageId',
  'instance-type': 'LaunchTemplateData.InstanceType',
  'is-default-version': 'DefaultVersion',
}

interface Named {
  readonly LaunchTemplateId?: string | undefined
  readonly LaunchTemplateName?: string | undefined
}

/** By id or by name. */
export function launchTemplate(ec2: Ec2State, { LaunchTemplateId, LaunchTemplateName }: Named): LaunchTemplate {
  if (LaunchTemplateId) return find(ec2, 'launchTemplates', LaunchTemplateId)
  if (!LaunchTemplateName) {
    throw new AwsError(
      'MissingParameter',
      'Either LaunchTemplateId or LaunchTemplateName must be specified in the request.',
    )
  }
  const template = Object.values(ec2.launchTemplates).find((other) => other.LaunchTemplateName === LaunchTemplateName)
  if (template) return template
  throw new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${LaunchTemplateName}, does not exist.`,
  )
}

/** By number, `$Latest` or `$Default`, which is meant when nothing is said. */
export function versionOf(template: LaunchTemplate, version = '$Default'): LaunchTemplateVersion {
  const number =
    version === '$Default'
      ? template.DefaultVersionNumber
      : version === '$Latest'
        ? template.LatestVersionNumber
        : Number(version)
  const found = template.versions.find(({ VersionNumber }) => VersionNumber === number)
  if (found) return found
  throw new AwsError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${version} for the launch template with ID ${template.LaunchTemplateId}.`,
  )
}

function checkData({ UserData }: Sdk.RequestLaunchTemplateData): void {
  if (UserData === undefined || /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(UserData)) return
  throw new AwsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.')
}

export const launchTemplates = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = ({ versions: _, ...template }: LaunchTemplate) => ({
    ...template,
    CreatedBy: `arn:aws:iam::${world.account}:user/local`,
  })
  const showVersion = (template: LaunchTemplate, version: LaunchTemplateVersion) => ({
    ...version,
    LaunchTemplateId: template.LaunchTemplateId,
    LaunchTemplateName: template.LaunchTemplateName,
    CreatedBy: `arn:aws:iam::${world.account}:user/local`,
    DefaultVersion: version.VersionNumber === template.DefaultVersionNumber,
  })
  const newVersion = (
    number: number,
    data: Sdk.ResponseLaunchTemplateData,
    description: string | undefined,
  ): LaunchTemplateVersion => ({
    VersionNumber: number,
    VersionDescription: description,
    CreateTime: world.clock.now(),
    LaunchTemplateData: data,
  })

  return {
    CreateLaunchTemplate: (input, call) => {
      const { LaunchTemplateName = '', LaunchTemplateData, VersionDescription, TagSpecifications } = input
      if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(LaunchTemplateName)) {
        throw new AwsError(
          'InvalidLaunchTemplateName.MalformedException',
          'A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.',
        )
      }
      if (!LaunchTemplateData) throw missing('LaunchTemplateData')
      if (Object.values(ec2(call).launchTemplates).some((other) => other.LaunchTemplateName === LaunchTemplateName)) {
        throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.')
      }
      checkData(LaunchTemplateData)
      const template: LaunchTemplate = {
        LaunchTemplateId: newId(world, 'lt'),
        LaunchTemplateName,
        CreateTime: world.clock.now(),
        DefaultVersionNumber: 1,
        LatestVersionNumber: 1,
        Tags: tagsFor('launch-template', TagSpecifications),
        versions: [newVersion(1, LaunchTemplateData, VersionDescription)],
      }
      ec2(call).launchTemplates[template.LaunchTemplateId] = template
      return { LaunchTemplate: show(template) }
    },

    CreateLaunchTemplateVersion: (input, call) => {
      const template = launchTemplate(ec2(call), input)
      if (!input.LaunchTemplateData) throw missing('LaunchTemplateData')
      checkData(input.LaunchTemplateData)
      const source = input.SourceVersion ? versionOf(template, input.SourceVersion).LaunchTemplateData : {}
      const data = { ...source, ...input.LaunchTemplateData }
      const version = newVersion(template.LatestVersionNumber + 1, data, input.VersionDescription)
      template.LatestVersionNumber = version.VersionNumber
      template.versions.push(version)
      return { LaunchTemplateVersion: showVersion(template, version) }
    },

    ModifyLaunchTemplate: (input, call) => {
      const template = launchTemplate(ec2(call), input)
      if (input.DefaultVersion) {
        template.DefaultVersionNumber = versionOf(template, input.DefaultVersion).VersionNumber
      }
      return { LaunchTemplate: show(template) }
    },

    DescribeLaunchTemplates: (input, call) => {
      const names = input.LaunchTemplateNames ?? []
      const ids = input.LaunchTemplateIds ?? []
      const named = [
        ...ids.map((LaunchTemplateId) => ({ LaunchTemplateId })),
        ...names.map((LaunchTemplateName) => ({ LaunchTemplateName })),
      ].map((name) => launchTemplate(ec2(call), name))
      const wanted = ids.length + names.length > 0 ? named : Object.values(ec2(call).launchTemplates)
      const { items, next } = describe(wanted.map(show), input, paths)
      return { LaunchTemplates: items, ...next }
    },

    /** Newest first. Without a template, `$Latest` or `$Default` of all templates are listed. */
    DescribeLaunchTemplateVersions: (input, call) => {
      const { Versions = [], MinVersion = '1', MaxVersion = String(Number.MAX_SAFE_INTEGER) } = input
      const templates =
        input.LaunchTemplateId || input.LaunchTemplateName
          ? [launchTemplate(ec2(call), input)]
          : Object.values(ec2(call).launchTemplates)
      const between = ({ VersionNumber }: LaunchTemplateVersion) =>
        VersionNumber >= Number(MinVersion) && VersionNumber <= Number(MaxVersion)
      const shown = templates.flatMap((template) => {
        const versions = Versions.length
          ? Versions.map((version) => versionOf(template, version))
          : template.versions.filter(between).reverse()
        return versions.map((version) => showVersion(template, version))
      })
      const { items, next } = describe(shown, input, versionPaths)
      return { LaunchTemplateVersions: items, ...next }
    },

    DeleteLaunchTemplateVersions: (input, call) => {
      const template = launchTemplate(ec2(call), input)
      const deleted = (input.Versions ?? []).map((version) => versionOf(template, version))
      for (const version of deleted) {
        if (version.VersionNumber === template.DefaultVersionNumber) {
          throw new AwsError('InvalidLaunchTemplateId.VersionNotFound', 'The default version cannot be deleted.')
        }
        template.versions.splice(template.versions.indexOf(version), 1)
      }
      return {
        SuccessfullyDeletedLaunchTemplateVersions: deleted.map(({ VersionNumber }) => ({
          LaunchTemplateId: template.LaunchTemplateId,
          LaunchTemplateName: template.LaunchTemplateName,
          VersionNumber,
        })),
        UnsuccessfullyDeletedLaunchTemplateVersions: [],
      }
    },

    DeleteLaunchTemplate: (input, call) => {
      const template = launchTemplate(ec2(call), input)
      delete ec2(call).launchTemplates[template.LaunchTemplateId]
      return { LaunchTemplate: show(template) }
    },
  } satisfies Handlers<typeof Sdk>
}
