import { expect, test } from 'vitest'
import { opens, registriesIn } from '../../src/plan/image-location.ts'

const HERE = '111122223333.dkr.ecr.us-east-1.amazonaws.com'
const NEXT = '444455556666.dkr.ecr.us-east-1.amazonaws.com'
const FAR = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
const CHINA = '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn'

test('the registries of ECR that a Dockerfile, an argument or a cache names, each once', () => {
  const text = [
    `ARG BASE=${HERE}/base:1`,
    `FROM --platform=linux/amd64 ${HERE}/python:3@sha256:0 AS build`,
    `type=registry,ref=${NEXT}/cache,mode=max`,
    `FROM ${CHINA}/a`,
    'FROM 127.0.0.1:5000/demo/web:1',
    'FROM public.ecr.aws/docker/library/python:3.12',
    'FROM ghcr.io/team/web',
    `# mirror.${HERE}/x, 1${HERE}/x, ${HERE}.example.org/x and ${HERE} alone are none`,
  ].join('\n')
  expect(registriesIn(text)).toEqual([HERE, NEXT, CHINA, '127.0.0.1:5000'])
})

test('one login is for all registries of a region, and that of the embedded AWS for itself', () => {
  const opened = [HERE, NEXT, FAR, CHINA, '127.0.0.1:5000'].filter((other) => opens(HERE, other))
  expect(opened).toEqual([HERE, NEXT])
  expect(['127.0.0.1:5000', '127.0.0.1:5001', HERE].filter((other) => opens('127.0.0.1:5000', other))).toEqual([
    '127.0.0.1:5000',
  ])
})
