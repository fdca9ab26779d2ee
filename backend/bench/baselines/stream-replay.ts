// Resuming by hand: each client that connects is sent a Redis Stream from its beginning, a page at a time.
import { createClient } from 'redis';
import { WebSocketServer, type WebSocket } from 'ws';

const { PORT, REDIS_SOCKET } = process.env;
const A_PAGE = 1_000;

const redis = createClient({ socket: { path: REDIS_SOCKET!, tls: false } });
redis.on('error', (error) => console.error(error));
await redis.connect();

async function replay(socket: WebSocket): Promise<void> {
  let from = '-';
  for (;;) {
    const page = (await redis.xRange('events', from, '+', { COUNT: A_PAGE })) ?? [];
    for (const { message } of page) socket.send(message['e']!);
    if (page.length < A_PAGE || socket.readyState !== socket.OPEN) return;
    from = `(${page.at(-1)!.id}`;
  }
}

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(PORT),
  path: '/ws',
  perMessageDeflate: false,
});
server.on('connection', (socket) => {
  socket.on('error', (error) => console.error(error));
  void replay(socket);
});
