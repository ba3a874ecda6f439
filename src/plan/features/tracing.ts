import * as z from 'zod'
import { addPolicy } from '../policies.ts'
import { type Json, readTemplate } from '../template.ts'
import type { Container, Feature, ServiceInputs } from './feature.ts'
import { sealing } from './security.ts'

export const tracingFields = {
  observability: z
    .strictObject({
      tracing: z
        .enum(['awsxray'])
        .optional()
        .describe('awsxray: a collector beside the containers that sends to X-Ray'),
    })
    .optional()
    .describe('what is seen of requests'),
}

export const COLLECTOR = 'aws-otel-collector'
const IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3'
const MEMORY = 128

const isTraced = ({ service }: Pick<ServiceInputs, 'service'>): boolean =>
  service.settings.observability?.tracing === 'awsxray'

/** Traces in OpenTelemetry's words (4317, 4318) or X-Ray's (2000); what is traced goes on when it ends. */
function collector(inputs: Omit<ServiceInputs, 'containers'>): Container[] {
  if (!isTraced(inputs)) return []
  const [own = {}] = (readTemplate(inputs.texts.service).Resources.TaskDefinition?.Properties?.ContainerDefinitions ??
    []) as Json[]
  const definition = {
    Name: COLLECTOR,
    Image: IMAGE,
    Essential: false,
    Command: ['--config=/etc/ecs/ecs-xray.yaml'],
    MemoryReservation: MEMORY,
    LogConfiguration: own.LogConfiguration,
    ...sealing(inputs.service.settings),
  }
  return [{ name: COLLECTOR, settings: {}, definition }]
}

export const tracing: Feature = {
  containers: collector,
  service: (template, inputs) =>
    isTraced(inputs)
      ? addPolicy(template, 'TaskRole', 'tracing', [
          {
            Effect: 'Allow',
            // None of them is for a resource that could be named.
            Action: [
              'xray:GetSamplingRules',
              'xray:GetSamplingStatisticSummaries',
              'xray:GetSamplingTargets',
              'xray:PutTelemetryRecords',
              'xray:PutTraceSegments',
            ],
            Resource: '*',
          },
        ])
      : template,
}
