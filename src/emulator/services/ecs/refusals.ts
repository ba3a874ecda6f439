import { AwsError } from '../../errors.ts'

/** How ECS refuses a task definition or a capacity provider. */
export const refuseDefinition = (message: string): never => {
  throw new AwsError('ClientException', message)
}

/** How ECS refuses a service. */
export const refuseService = (message: string): never => {
  throw new AwsError('InvalidParameterException', message)
}
