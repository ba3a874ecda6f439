/** Functions of templates that may stand as a tag. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  'Ref Condition GetAtt Sub If Equals Not And Or Join Select Split ImportValue FindInMap Base64 GetAZs Cidr'.split(' '),
)

/** `!Ref X` as `{ Ref: X }`, `!GetAtt A.B` as `{ 'Fn::GetAtt': [A, B] }`. */
export function longForm(name: string | undefined, value: unknown): unknown {
  if (name === undefined) return value
  if (name === 'Ref' || name === 'Condition') return { [name]: value }
  if (name !== 'GetAtt' || typeof value !== 'string') return { [`Fn::${name}`]: value }
  const [resource, ...attribute] = value.split('.')
  return { 'Fn::GetAtt': [resource, attribute.join('.')] }
}
