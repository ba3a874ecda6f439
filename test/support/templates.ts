/** A cluster, a task definition and a service that no instance ever takes up: its create never ends by itself. */
export const stuckService = (more: object = {}) => ({
  Cluster: { Type: 'AWS::ECS::Cluster' },
  Definition: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: { Family: 'stuck', ContainerDefinitions: [{ Name: 'main', Image: 'image', Memory: 64 }] },
  },
  Service: {
    Type: 'AWS::ECS::Service',
    Properties: {
      Cluster: { Ref: 'Cluster' },
      TaskDefinition: { Ref: 'Definition' },
      LaunchType: 'EC2',
      DesiredCount: 1,
      ...more,
    },
  },
})
