// A bare Express 5 app that keeps values in Redis with a ttl: no index, no log, no events.
import express from 'express';
import { createClient } from 'redis';

const { PORT, REDIS_SOCKET } = process.env;

const redis = createClient({ socket: { path: REDIS_SOCKET!, tls: false } });
redis.on('error', (error) => console.error(error));
await redis.connect();

const app = express();
app.use(express.json());

app.put('/:key', async (request, response) => {
  const { value, ttlMs } = request.body;
  await redis.set(request.params.key, JSON.stringify(value), { expiration: { type: 'PX', value: ttlMs } });
  response.status(200).json({ key: request.params.key, value });
});

app.get('/:key', async (request, response) => {
  const text = await redis.get(request.params.key);
  if (text === null) response.status(404).json({ error: 'no such key' });
  else response.json({ key: request.params.key, value: JSON.parse(text) });
});

app.listen(Number(PORT), '127.0.0.1');
