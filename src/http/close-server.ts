import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const LOOK_MS = 50;
/** A connection on which nothing was asked yet may still do so for this long, ms. */
const SILENCE_MS = 1_000;

/**
 * Follows a server from its start, and returns how to close it: it takes no new connection, ends those that are idle,
 * lets answers under way finish, and cuts what is left after `limitMs`.
 */
export function closerOf(server: Server): (limitMs: number) => Promise<void> {
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));

  return async (limitMs) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    // A connection that was busy becomes idle, and would be kept for the next request.
    const looking = setInterval(() => server.closeIdleConnections(), LOOK_MS);
    const silence = setTimeout(() => {
      for (const socket of silent) socket.destroy();
    }, SILENCE_MS);
    const late = setTimeout(() => server.closeAllConnections(), limitMs);
    await closed;
    clearInterval(looking);
    clearTimeout(silence);
    clearTimeout(late);
  };
}
