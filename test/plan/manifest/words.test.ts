import { expect, test } from 'vitest'
import { splitWords } from '../../../src/plan/manifest/words.ts'

test.each([
  ['python app.py  --port 80 ', ['python', 'app.py', '--port', '80']],
  ['', []],
  [`sh -c "echo hi && sleep 1"`, ['sh', '-c', 'echo hi && sleep 1']],
  [`--name='a b' "" ''x`, ['--name=a b', '', 'x']],
  [`"a \\"b\\" \\n $HOME" 'it''s' a\\ b`, ['a "b" \\n $HOME', 'its', 'a b']],
  [`'\\n' "\\\\"`, ['\\n', '\\']],
  ['run "a', undefined],
  [`it's`, undefined],
  ['a\\', undefined],
])('%j is read as a shell reads it', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})
