import { DockerfileParser } from 'dockerfile-ast'

/** What a Dockerfile says about how its container wants to run. */
export interface DockerfileFacts {
  /** The first exposed TCP port. */
  readonly port: number | undefined
  /** The path that its HEALTHCHECK asks for. */
  readonly healthCheckPath: string | undefined
  /** The CUDA image that it is based on, which only makes sense with a GPU. */
  readonly cudaBase: string | undefined
  readonly streamlit: boolean
}

type Variables = Readonly<Record<string, string>>

interface Stage {
  readonly base: string
  readonly variables: Variables
  /** Of ARGs before the first FROM: a stage has those that it names. */
  readonly globals: Variables
  readonly ports: readonly string[]
  readonly healthCheck: string | undefined
  /** What stages built from it do first. */
  readonly onBuild: readonly Instruction[]
  readonly text: string
}

type Instruction = readonly [keyword: string, content: string]

/** Base images that bring CUDA under names of their own. */
const CUDA_IMAGE = /(?<![a-z])(cuda|nvidia|nvcr\.io|vllm)|-gpu\b|huggingface\/text-generation-inference/i

/** Reads the last stage of a Dockerfile, or `target`, with what it inherits from earlier ones. */
export function readDockerfile(text: string, target?: string): DockerfileFacts {
  const stages = readStages(text)
  const last = [...stages.keys()].at(-1) ?? ''
  const chain = lineage(stages, target !== undefined && stages.has(stageName(target)) ? stageName(target) : last)
  const inherited = <Value>(of: (stage: Stage) => Value | undefined): Value | undefined =>
    chain.map(of).find((value) => value !== undefined)
  const ports = chain.flatMap(({ ports: exposed }) => exposed)
  const origin = chain.at(-1)?.base
  return {
    port: ports.map(portNumber).find((port) => port !== undefined),
    healthCheckPath: pathIn(inherited(({ healthCheck }) => healthCheck) ?? ''),
    cudaBase: origin !== undefined && CUDA_IMAGE.test(origin) ? origin : undefined,
    streamlit: chain.some(({ text: content }) => /\bstreamlit\b/.test(content)),
  }
}

/** Docker takes stage names in capital or small letters. */
const stageName = (text: string): string => text.toLowerCase()

function readStages(text: string): Map<string, Stage> {
  const stages = new Map<string, Stage>()
  let globals: Variables = {}
  let current: { name: string; stage: Stage } | undefined
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword()
    const content = (instruction.getRawArgumentsContent() ?? '').replace(/\\\s*\n\s*/g, ' ').trim()
    if (keyword === 'FROM') {
      const [, image = '', name] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(expand(content, globals)) ?? []
      const parent = stages.get(stageName(image))
      const stage: Stage = {
        base: image,
        variables: parent?.variables ?? {},
        globals,
        ports: [],
        healthCheck: undefined,
        onBuild: [],
        text: '',
      }
      const begun = (parent?.onBuild ?? []).reduce((before, one) => extend(before, ...one), stage)
      current = { name: name === undefined ? `#${stages.size}` : stageName(name), stage: begun }
      stages.set(current.name, begun)
    } else if (!current) globals = { ...globals, ...assignments(keyword, content, globals) }
    else {
      current.stage = extend(current.stage, keyword, content)
      stages.set(current.name, current.stage)
    }
  }
  return stages
}

function extend(stage: Stage, keyword: string, content: string): Stage {
  if (keyword === 'ONBUILD') {
    const [, later = '', rest = ''] = /^(\w+)\s+(.*)$/s.exec(content) ?? []
    return { ...stage, onBuild: [...stage.onBuild, [later.toUpperCase(), rest]] }
  }
  const names = keyword === 'ARG' ? content.split(/\s+/).filter((name) => Object.hasOwn(stage.globals, name)) : []
  const named = Object.fromEntries(names.map((name) => [name, stage.globals[name] ?? '']))
  const variables = { ...stage.variables, ...named, ...assignments(keyword, content, stage.variables) }
  const expanded = expand(content, variables)
  return {
    ...stage,
    variables,
    text: `${stage.text}${keyword} ${content}\n`,
    ...(keyword === 'EXPOSE' && { ports: [...stage.ports, ...expanded.split(/\s+/)] }),
    ...(keyword === 'HEALTHCHECK' && { healthCheck: expanded }),
  }
}

/** Names and values that an ARG or ENV sets; an ARG without a value keeps the one from before. */
function assignments(keyword: string, content: string, known: Variables): Variables {
  if (keyword !== 'ARG' && keyword !== 'ENV') return {}
  const old = /^(\w+)\s+([^=].*)$/.exec(content)
  if (keyword === 'ENV' && old?.[1]) return { [old[1]]: expand(unquoted(old[2] ?? ''), known) }
  const pairs = [...content.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, expand(unquoted(value), known)]))
}

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/, '$2')

/** `$NAME`, `${NAME}` and `${NAME:-default}`; what is not known stays as it is. */
const expand = (text: string, variables: Variables): string =>
  text.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
    (whole, plain?: string, braced?: string, otherwise?: string) => {
      const name = plain ?? braced ?? ''
      if (Object.hasOwn(variables, name)) return variables[name] ?? whole
      return otherwise === undefined ? whole : expand(otherwise, variables)
    },
  )

/** A stage and those it is built from, nearest first. */
function lineage(stages: ReadonlyMap<string, Stage>, name: string): Stage[] {
  const chain: Stage[] = []
  for (let stage = stages.get(name); stage && !chain.includes(stage); stage = stages.get(stageName(stage.base)))
    chain.push(stage)
  return chain
}

function portNumber(exposed: string): number | undefined {
  const [, port] = /^(\d+)(?:-\d+)?(?:\/tcp)?$/i.exec(exposed) ?? []
  return Number(port) >= 1 && Number(port) <= 65535 ? Number(port) : undefined
}

/** The path of a URL on the container itself, as curl or wget in a HEALTHCHECK ask for it. */
function pathIn(command: string): string | undefined {
  const [url, path] =
    /(?<![\w.-])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[^/\s"']+)?(\/[^\s"'|;&)]*)?/.exec(command) ?? []
  return url === undefined || !/curl|wget|https?:/i.test(command) ? undefined : (path ?? '/')
}
