// Socket.IO: each message of a Redis channel is emitted to a room that every client is in.
import { createServer } from 'node:http';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const { PORT, REDIS_SOCKET } = process.env;

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.on('connection', (socket) => void socket.join('events'));
http.listen(Number(PORT), '127.0.0.1');

const redis = createClient({ socket: { path: REDIS_SOCKET!, tls: false } });
redis.on('error', (error) => console.error(error));
await redis.connect();
await redis.subscribe('events', (message) => io.to('events').emit('event', JSON.parse(message)));
