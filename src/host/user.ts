import { hostname, userInfo } from 'node:os'

/** Who runs this: the person of a CI job, else user and machine. */
export function currentUser(env: NodeJS.ProcessEnv): string {
  const actor = env.GITHUB_ACTOR ?? env.GITLAB_USER_LOGIN
  if (actor) return `${actor}@ci`
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A container may run as a user without a name.
    return `someone@${hostname()}`
  }
}
