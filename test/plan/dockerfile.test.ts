import { expect, test } from 'vitest'
import { type DockerfileFacts, readDockerfile } from '../../src/plan/dockerfile.ts'

const NOTHING: DockerfileFacts = { port: undefined, healthCheckPath: undefined, cudaBase: undefined, streamlit: false }

const dockerfiles: Record<string, [text: string, facts: Partial<DockerfileFacts>]> = {
  'nothing at all': ['', {}],
  'a shell script': ['#!/bin/sh\necho hello\n', {}],
  'a page of Streamlit': [
    `FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt .
RUN pip3 install -r requirements.txt
COPY . .
EXPOSE 8501
HEALTHCHECK CMD curl --fail http://localhost:8501/_stcore/health
ENTRYPOINT ["streamlit", "run", "app.py", "--server.port=8501", "--server.address=0.0.0.0"]
`,
    { port: 8501, healthCheckPath: '/_stcore/health', streamlit: true },
  ],
  'ports that there are not': ['FROM scratch\nEXPOSE 0 99999 8080\n', { port: 8080 }],
  'a stage for building and one for running': [
    `FROM node:22 AS build
EXPOSE 9229
RUN npm ci && npm run build
FROM nginx:1.27
COPY --from=build /app/dist /usr/share/nginx/html
EXPOSE 80/tcp
`,
    { port: 80 },
  ],
  'a stage that is built upon': [
    `FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04 AS base
ENV PORT=7860
EXPOSE $PORT
HEALTHCHECK --interval=5s CMD wget -qO- http://127.0.0.1:$PORT/healthz || exit 1
FROM base AS deps
RUN pip install torch
FROM deps
CMD ["python", "app.py"]
`,
    { port: 7860, healthCheckPath: '/healthz', cudaBase: 'nvidia/cuda:12.4.1-runtime-ubuntu22.04' },
  ],
  'stage names in other letters': ['FROM python AS Base\nEXPOSE 5000\nFROM base\n', { port: 5000 }],
  'a stage called like its image': ['FROM golang AS golang\nEXPOSE 1\nFROM golang AS two\nEXPOSE 2\n', { port: 2 }],
  'arguments before and after FROM': [
    `# syntax=docker/dockerfile:1.7
ARG CUDA=12.1
ARG BASE=pytorch/pytorch:2.4.0-cuda\${CUDA}-cudnn9-runtime
FROM --platform=linux/amd64 $BASE
ARG PORT=8000
ENV APP_PORT=\${PORT} OTHER="a b"
EXPOSE \${APP_PORT}/tcp
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000/health"]
`,
    { port: 8000, healthCheckPath: '/health', cudaBase: 'pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime' },
  ],
  'an argument before FROM, which a stage has only where it names it': [
    `ARG PORT=3000\nFROM x AS one\nEXPOSE \${PORT:-4000}\nFROM one\nARG OTHER=1 PORT\nHEALTHCHECK CMD curl localhost:$PORT/up$PORT\n`,
    { port: 4000, healthCheckPath: '/up3000' },
  ],
  'what a base image leaves for those who build upon it': [
    'FROM x AS base\nONBUILD EXPOSE 5000\nonbuild healthcheck CMD curl localhost:5000/ok\nEXPOSE 53/udp\nFROM base\nCMD run\n',
    { port: 5000, healthCheckPath: '/ok' },
  ],
  'an argument without a value, and defaults': [
    `ARG PORT=1\nFROM x\nARG PORT\nENV B=\${MISSING:-9000}\nEXPOSE \${NOPE:-$B}\n`,
    { port: 9000 },
  ],
  'an argument of before FROM, taken up inside': ['ARG PORT=4000\nFROM x\nARG PORT\nEXPOSE $PORT\n', { port: 4000 }],
  'a port that is not known here': ['FROM x\nARG PORT\nEXPOSE $PORT\nEXPOSE 9090\n', { port: 9090 }],
  'several ports, of which the first is UDP': ['FROM x\nEXPOSE 53/udp 8080/tcp 8443\n', { port: 8080 }],
  'only UDP': ['FROM x\nEXPOSE 53/udp\n', {}],
  'a range': ['FROM x\nEXPOSE 7000-7010\n', { port: 7000 }],
  'lower-case instructions': [
    'from tensorflow/tensorflow:2.16.1-gpu as run\nexpose 6006\nhealthcheck cmd curl localhost:6006/up\n',
    { port: 6006, healthCheckPath: '/up', cudaBase: 'tensorflow/tensorflow:2.16.1-gpu' },
  ],
  'continuation lines with comments and blank lines in them': [
    `FROM python
ENV A=1 \\
    # the port
    PORT=8888 \\

    B=2
RUN apt-get update && \\
    # EXPOSE 1
    apt-get install -y curl
HEALTHCHECK --interval=30s \\
  --timeout=5s \\
  CMD curl -f \\
    http://localhost:\${PORT}/api/health || exit 1
EXPOSE \${PORT}
`,
    { port: 8888, healthCheckPath: '/api/health' },
  ],
  'heredocs that speak of other things': [
    `# syntax=docker/dockerfile:1
FROM python
RUN <<EOF
EXPOSE 1
HEALTHCHECK CMD curl http://localhost/no
streamlit
EOF
COPY <<"CONF" /etc/app.conf
EXPOSE 2
CONF
EXPOSE 3000
`,
    { port: 3000, streamlit: true },
  ],
  'another escape character': [
    '# escape=`\nFROM mcr.microsoft.com/windows/servercore\nRUN dir `\n  C:\\\nEXPOSE `\n  8080\nHEALTHCHECK CMD curl.exe `\n  http://localhost:8080/ok\n',
    { port: 8080, healthCheckPath: '/ok' },
  ],
  'Windows line ends': [
    'FROM python\r\nENV PORT=8501\r\nEXPOSE \\\r\n  $PORT\r\nHEALTHCHECK CMD curl \\\r\n  -f http://localhost:$PORT/x\r\n',
    { port: 8501, healthCheckPath: '/x' },
  ],
  'the old form of ENV': ['FROM x\nENV PORT 8082\nEXPOSE $PORT\n', { port: 8082 }],
  'a health check that is switched off': [
    'FROM x AS base\nHEALTHCHECK CMD curl http://localhost/up\nFROM base\nHEALTHCHECK NONE\n',
    {},
  ],
  'a health check that says nothing of HTTP': ['FROM x\nHEALTHCHECK CMD pg_isready\n', {}],
  'a health check by Python': [
    `FROM python\nHEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://localhost:8000/live')"\n`,
    { healthCheckPath: '/live' },
  ],
  'a health check without a scheme': [
    'FROM x\nHEALTHCHECK CMD wget --spider -q localhost:8080/ready?full=1 || exit 1\n',
    { healthCheckPath: '/ready?full=1' },
  ],
  'a health check of the root': [
    'FROM x\nHEALTHCHECK CMD curl -f http://localhost:3000 || exit 1\n',
    { healthCheckPath: '/' },
  ],
  'a health check of another machine': ['FROM x\nHEALTHCHECK CMD curl -f https://example.com/up\n', {}],
  'a port that the shell puts in': [
    `FROM x\nHEALTHCHECK CMD curl "http://localhost:\${PORT:-80}/h" \n`,
    { healthCheckPath: '/h' },
  ],
  'the last of several health checks': [
    'FROM x\nHEALTHCHECK CMD curl localhost/a\nHEALTHCHECK CMD curl localhost/b\n',
    { healthCheckPath: '/b' },
  ],
  'CUDA only where it is built': [
    'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS build\nRUN make\nFROM debian\nCOPY --from=build /x /x\n',
    {},
  ],
  'a registry of NVIDIA': ['FROM nvcr.io/nvidia/pytorch:24.05-py3\n', { cudaBase: 'nvcr.io/nvidia/pytorch:24.05-py3' }],
  vLLM: ['FROM vllm/vllm-openai:v0.6\nEXPOSE 8000\n', { port: 8000, cudaBase: 'vllm/vllm-openai:v0.6' }],
  'an image whose name only begins like it': ['FROM barracuda/web:1\n', {}],
}

test.each(Object.entries(dockerfiles))('learns from %s', (_name, [text, facts]) => {
  expect(readDockerfile(text)).toEqual({ ...NOTHING, ...facts })
})

test('the stage that is built is the one that counts', () => {
  const text = 'FROM nvidia/cuda:12 AS gpu\nEXPOSE 1\nFROM debian AS cpu\nEXPOSE 2\n'
  expect([readDockerfile(text, 'gpu'), readDockerfile(text, 'GPU'), readDockerfile(text, 'none')]).toEqual([
    { ...NOTHING, port: 1, cudaBase: 'nvidia/cuda:12' },
    { ...NOTHING, port: 1, cudaBase: 'nvidia/cuda:12' },
    { ...NOTHING, port: 2 },
  ])
})
