/** Members whose keys are the user's own names, not AWS's. */
const FREE_KEYS = ['DockerLabels', 'Options', 'DriverOpts', 'Labels', 'Tags', 'ProxyConfigurationProperties']

/** Members that CloudFormation spells another way than the API, beyond the first letter. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  EFSVolumeConfiguration: 'efsVolumeConfiguration',
  FSxWindowsFileServerVolumeConfiguration: 'fsxWindowsFileServerVolumeConfiguration',
  FilesystemId: 'fileSystemId',
  IAM: 'iam',
}

/** `ContainerDefinitions` as `containerDefinitions`, at every depth: how the ECS API spells CloudFormation's names. */
export function lowerCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCamel)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = OTHER_NAMES[key] ?? key.charAt(0).toLowerCase() + key.slice(1)
      return [name, FREE_KEYS.includes(key) ? plain(key, member) : lowerCamel(member)]
    }),
  )
}

/** Tags are pairs whose names have to be spelt the API's way; maps keep their keys. */
const plain = (key: string, member: unknown): unknown => (key === 'Tags' ? lowerCamelPairs(member) : member)

const lowerCamelPairs = (tags: unknown): unknown =>
  Array.isArray(tags) ? tags.map(({ Key, Value }) => ({ key: Key, value: Value })) : tags
