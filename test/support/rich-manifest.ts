/** A manifest that uses every field of the schema at least once. */
export const RICH = `app: shop
services:
  web:
    image:
      build: { context: ., dockerfile: docker/web.Dockerfile, target: prod, args: { VERSION: 1.2, DEBUG: false } }
      repository: team/web
      port: 8501
      healthcheck: { command: [CMD-SHELL, "curl -f localhost:8501"], interval: 10s, timeout: 5s, retries: 3, start_period: 1m }
    http:
      path: /
      healthcheck: { path: /_stcore/health, success_codes: 200-299, healthy_threshold: 2, unhealthy_threshold: 3, interval: 10s, timeout: 5s, grace_period: 10m }
      stickiness: true
      deregistration_delay: 30s
    compute: gpu
    platform: linux/amd64
    cpu: 2048
    memory: 10000
    gpus: 1
    instances: [g6.xlarge, g5.xlarge, g4dn.xlarge]
    count: 2
    command: streamlit run app.py --server.port 8501
    entrypoint: [/usr/bin/tini, --]
    variables: { MODEL_NAME: svd, WORKERS: 2, DEBUG: false }
    secrets: { HF_TOKEN: /img2vid/hf-token, KEY: { secretsmanager: shop/key }, OTHER: "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbCdEf" }
    permissions: { buckets: { read: [models/svd, s3://weights], write: [results] } }
    logging: { retention: 14 }
  api:
    image: { location: 123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1, port: 80 }
    http: { path: /api, healthcheck: /up }
    compute: fargate
    platform: linux/arm64
    cpu: 512
    memory: 1024
    network: { vpc: { placement: public, security_groups: [sg-3] } }
  worker:
    image: { build: worker/Dockerfile }
    overrides: [{ path: Resources.LogGroup.Properties.RetentionInDays, value: 7 }, { path: /Outputs/LogGroup, remove: true }]
    http: false
network: { vpc: { cidr: 10.1.0.0/16, zones: 3, nat: regional, endpoints: [ecr.api], placement: private, flow_logs: { retention: 7 } } }
environments:
  dev:
  prod:
    region: us-east-1
    profile: work
    certificate: arn:aws:acm:us-east-1:123456789012:certificate/0a1b
    network: { vpc: { id: vpc-1, subnets: { public: [subnet-1, { id: subnet-2 }], private: [subnet-3, subnet-4] }, security_groups: [sg-1, sg-2] } }
    services:
      web: { count: 4, variables: { WORKERS: 4 }, http: { healthcheck: { grace_period: 900 } } }
      worker: { compute: gpu, gpus: 4, instances: [g5.12xlarge] }
`
