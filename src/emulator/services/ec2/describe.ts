import type * as Sdk from '@aws-sdk/client-ec2'
import { page } from '../../page.ts'
import { invalid } from './find.ts'

type Plain = string | number | boolean | bigint | Date | Uint8Array

/** Where a filter finds its values in an item: names of members, joined by dots; lists are looked through. */
type Path<Shape> = Shape extends Plain
  ? never
  : Shape extends readonly (infer Item)[]
    ? Path<NonNullable<Item>>
    : { [Name in keyof Shape & string]: Name | `${Name}.${Path<NonNullable<Shape[Name]>>}` }[keyof Shape & string]

/** The filters of a Describe operation, by AWS's name. `tag:<key>`, `tag-key` and `tag-value` come with every one. */
export type FilterPaths<Shape> = Readonly<Record<string, Path<Shape>>>

interface Query {
  readonly Filters?: Sdk.Filter[] | undefined
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

interface Tagged {
  readonly Tags?: Sdk.Tag[] | undefined
  readonly TagSet?: Sdk.Tag[] | undefined
}

const MAXIMUM_RESULTS = 1000

/** The items that pass the filters, a page of them. */
export function describe<Item extends object>(
  items: readonly Item[],
  { Filters = [], MaxResults = MAXIMUM_RESULTS, NextToken }: Query,
  paths: Readonly<Record<string, string>>,
): { readonly items: Item[]; readonly next: { readonly NextToken?: string } } {
  const filters = Filters.map(({ Name = '', Values = [] }) => ({ name: Name, patterns: Values.map(expressionOf) }))
  const passing = items.filter((item) => filters.every((filter) => passes(item, filter, paths)))
  const { items: onPage, next } = page(passing, MaxResults, NextToken)
  return { items: onPage, next: { ...(next && { NextToken: next }) } }
}

interface Filter {
  readonly name: string
  readonly patterns: readonly RegExp[]
}

function passes(item: object, { name, patterns }: Filter, paths: Readonly<Record<string, string>>) {
  const found = valuesOf(item, name, paths)
  return patterns.some((pattern) => found.some((value) => pattern.test(value)))
}

function valuesOf(item: object, name: string, paths: Readonly<Record<string, string>>): string[] {
  const tags = (item as Tagged).Tags ?? (item as Tagged).TagSet ?? []
  if (name.startsWith('tag:')) return tags.flatMap(({ Key, Value = '' }) => (`tag:${Key}` === name ? [Value] : []))
  if (name === 'tag-key') return tags.map(({ Key = '' }) => Key)
  if (name === 'tag-value') return tags.map(({ Value = '' }) => Value)
  const path = Object.hasOwn(paths, name) ? paths[name] : undefined
  if (path === undefined) throw invalid(`The filter '${name}' is invalid`)
  return lookThrough(item, path.split('.'))
}

function lookThrough(value: unknown, path: readonly string[]): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item) => lookThrough(item, path))
  const [name, ...rest] = path
  if (name !== undefined) return lookThrough((value as Record<string, unknown>)[name], rest)
  return [value instanceof Date ? value.toISOString() : String(value)]
}

/** `*` stands for any text, `?` for one character; a backslash takes that away. */
function expressionOf(pattern: string): RegExp {
  const expression = pattern.replace(/\\([*?\\])|[.*+?^${}()|[\]\\]/g, (special, escaped: string | undefined) => {
    if (escaped !== undefined) return `\\${escaped}`
    return special === '*' ? '[^]*' : special === '?' ? '[^]' : `\\${special}`
  })
  return new RegExp(`^${expression}$`)
}
