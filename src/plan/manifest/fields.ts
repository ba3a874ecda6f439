import * as z from 'zod'

/** What a place wants, as a noun phrase: `expected …` is what people read who wrote something else there. */
export const expectations = z.registry<{ what: string }>()
export function wants<Schema extends z.ZodType>(what: string, schema: Schema): Schema {
  expectations.add(schema as z.ZodType, { what })
  return schema
}
export const pattern = (what: string, regex: RegExp) => wants(what, z.string().regex(regex))

/** A number of seconds, or text such as `90s`, `5m`, `1h`. */
export const duration = wants(
  'a time such as 30s, 5m or 1h; a number is seconds',
  z.union([z.int().nonnegative(), z.string().regex(/^\d{1,6}(s|m|h)$/)]),
)

/** The name of an application, an environment, a service or a container. */
export const name = pattern(
  'a name of lower-case letters, digits and single hyphens that begins with a letter, at most 40 long',
  /^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
)

export const text = z.string().min(1)
export const flag = z.boolean()
export const port = z.int().min(1).max(65535)

/** The name of an environment variable. */
export const variableName = pattern(
  'a name of letters, digits and underscores that does not begin with a digit',
  /^[A-Za-z_][A-Za-z0-9_]*$/,
)

export const exported = z.strictObject({
  from_cfn: pattern('the name of an export, of letters, digits, colons and hyphens', /^[A-Za-z0-9:-]{1,255}$/).describe(
    'a value that another stack exports',
  ),
})

/** The value of an environment variable. */
export const value = wants('text, a number, or true or false', z.union([z.string(), z.number(), z.boolean()]))

const OCTET = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const IPV4_RANGE = `${OCTET}(\\.${OCTET}){3}/(3[0-2]|[12]?\\d)`
const IPV6_RANGE = '[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}/(12[0-8]|1[01]\\d|[1-9]?\\d)'

/** A range of addresses of version 4. */
export const ipv4Range = pattern('a range of addresses such as 203.0.113.0/24', new RegExp(`^${IPV4_RANGE}$`))

/** A range of addresses. */
export const addressRange = pattern(
  'a range of addresses such as 203.0.113.0/24; a single one is 203.0.113.7/32',
  new RegExp(`^(${IPV4_RANGE}|${IPV6_RANGE})$`),
)

/** A path of a URL. */
export const path = pattern('a path that begins with /, of at most 1024 characters', /^\/\S{0,1023}$/)

const NAME_PART = '[a-z0-9]+(?:(?:[.]|_{1,2}|-+)[a-z0-9]+)*'

/** The name of an image as Docker reads it: registry, repository, tag and digest. */
export const imageName = pattern(
  'the name of an image in small letters, such as nginx:1.29',
  new RegExp(
    `^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\\d+)?/)?${NAME_PART}(?:/${NAME_PART})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
  ),
)

/** A path of this machine: what is elsewhere has to be fetched first. */
export const localPath = pattern('a path of this machine, no address', /^(?!\w+:\/\/|git@).+$/)

export const command = wants('a line of text, or a list of its words', z.union([text, z.array(z.string()).min(1)]))

/** The values of variables as the text that they become. */
export const texts = (values: Readonly<Record<string, string | number | boolean>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, one]) => [key, String(one)]))
