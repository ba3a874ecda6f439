import { tellSeeds } from './seeds.ts'

tellSeeds(1, 2)
