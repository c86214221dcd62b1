import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notReady, ProblemError, readOnly } from '../problem';
import type { StoreHealth } from './store-health';

/** While the disk takes nothing, what would write is told so at once; pulls and pages go on (reliability.md D5). */
export function writeGate(http: FastifyInstance, health: StoreHealth): void {
  http.addHook('preHandler', (request, _reply, done) => {
    const state = health.readOnly;
    done(state !== null && writes(request) ? readOnly(state.cause) : undefined);
  });
}

/** What an error says about the ground, as an answer; null when it is about something else. */
export function groundProblem(
  health: StoreHealth,
  request: FastifyRequest,
  error: unknown,
): ProblemError | null {
  if (error instanceof ProblemError) {
    // A library that swallowed the disk's error says "wrong password" and the like; nobody is told that for a full disk.
    const state = health.readOnly;
    const doubtful = error.status === 401 || error.status === 409;
    return state !== null && doubtful && writes(request) ? readOnly(state.cause) : null;
  }
  switch (health.notice(error)) {
    case 'space':
      return readOnly('space');
    case 'readOnly':
      return readOnly('readOnly');
    case 'away':
    case 'fatal':
      return notReady();
    default:
      return null;
  }
}

/** A sync call without commands only reads. */
function writes(request: FastifyRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  if (request.routeOptions.url !== '/api/sync') return true;
  const commands = (request.body as { commands?: unknown } | null)?.commands;
  return !Array.isArray(commands) || commands.length > 0;
}
