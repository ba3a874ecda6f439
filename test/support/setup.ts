import { writeResourceSchema } from '../../scripts/resource-schema.mjs'

export default async function setup(): Promise<void> {
  await writeResourceSchema()
}
