// The bare loop: each message of a Redis channel goes to every WebSocket client, one send after the other.
import { createClient } from 'redis';
import { WebSocketServer } from 'ws';

const { PORT, REDIS_SOCKET } = process.env;

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(PORT),
  path: '/ws',
  perMessageDeflate: false,
  maxPayload: 16 * 1024,
});
server.on('connection', (socket) => socket.on('error', (error) => console.error(error)));

const redis = createClient({ socket: { path: REDIS_SOCKET!, tls: false } });
redis.on('error', (error) => console.error(error));
await redis.connect();
await redis.subscribe('events', (message) => {
  for (const socket of server.clients) socket.send(message);
});
