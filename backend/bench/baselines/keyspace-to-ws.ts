// What one writes first: Redis's own `expired` notifications, passed on to every WebSocket client.
import { createClient } from 'redis';
import { WebSocketServer } from 'ws';

const { PORT, REDIS_SOCKET } = process.env;

const redis = createClient({ socket: { path: REDIS_SOCKET!, tls: false } });
redis.on('error', (error) => console.error(error));
await redis.connect();
await redis.configSet('notify-keyspace-events', 'Ex');

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(PORT), path: '/ws' });
server.on('connection', (socket) => {
  socket.on('error', (error) => console.error(error));
  socket.send(JSON.stringify({ type: 'welcome' }));
});

const subscriber = redis.duplicate();
subscriber.on('error', (error) => console.error(error));
await subscriber.connect();
await subscriber.subscribe('__keyevent@0__:expired', (key) => {
  const frame = JSON.stringify({ type: 'expired', key });
  for (const socket of server.clients) {
    if (socket.readyState === socket.OPEN) socket.send(frame);
  }
});
