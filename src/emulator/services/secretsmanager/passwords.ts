import type * as Sdk from '@aws-sdk/client-secrets-manager'
import { AwsError } from '../../errors.ts'
import type { Random } from '../../random.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'

/** Made by the emulator's own chance, which can be replayed: good for a test, not for a real password. */
export const passwords = (world: World) =>
  ({
    GetRandomPassword: (input) => ({ RandomPassword: password(world.random, input) }),
  }) satisfies Handlers<typeof Sdk>

/** PasswordLength in the API reference of GetRandomPassword. */
const MAXIMUM_LENGTH = 4096

function password(random: Random, input: Sdk.GetRandomPasswordCommandInput): string {
  const { PasswordLength: length = 32, ExcludeCharacters = '', RequireEachIncludedType = true } = input
  if (length > MAXIMUM_LENGTH) {
    throw new AwsError('InvalidParameterException', `The password length must be at most ${MAXIMUM_LENGTH}.`)
  }
  const kinds = [
    input.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    input.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    input.ExcludeNumbers ? '' : '0123456789',
    input.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    input.IncludeSpace ? ' ' : '',
  ]
    .map((kind) => [...kind].filter((character) => !ExcludeCharacters.includes(character)))
    .filter((kind) => kind.length > 0)
  if (kinds.length === 0 || length < 1 || (RequireEachIncludedType && length < kinds.length)) {
    throw new AwsError('InvalidParameterException', 'The password length is too short based on the required types.')
  }
  const pick = (characters: readonly string[]) => characters[Math.floor(random.fraction() * characters.length)] ?? ''
  const characters = Array.from({ length }, (_, index) =>
    pick((RequireEachIncludedType && kinds[index]) || kinds.flat()),
  )
  return shuffled(random, characters).join('')
}

const shuffled = (random: Random, characters: readonly string[]): string[] =>
  characters
    .map((character) => ({ character, order: random.fraction() }))
    .sort((a, b) => a.order - b.order)
    .map(({ character }) => character)
