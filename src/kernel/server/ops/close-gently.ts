import type { FastifyInstance } from 'fastify';

/** What is still running after this is cut off, ms: the whole stop must fit into ten seconds. */
const PATIENCE = 7_000;

/** Stops accepting, lets running requests finish, and cuts what does not. */
export async function closeGently(http: FastifyInstance, patience = PATIENCE): Promise<void> {
  const cut = setTimeout(() => http.server.closeAllConnections(), patience);
  try {
    await http.close();
  } finally {
    clearTimeout(cut);
  }
}
