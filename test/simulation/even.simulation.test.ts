import { tellSeeds } from './seeds.ts'

tellSeeds(0, 2)
