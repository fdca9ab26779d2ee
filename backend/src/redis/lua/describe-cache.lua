#!lua flags=no-writes
-- describe-cache.lua: a cache's policy and figures.
--@use cache
-- KEYS  1 cache  2 shard
-- Returns  'missing' | 'ok', version of the log's head (`<epoch>-<seq>`), createdAt, maxEntries, maxBytes,
--          defaultTtlMs, maxTtlMs (false: no bound), sliding (1 or 0), history, living entries, bytes, hits,
--          misses, created, expired, evicted, deleted

local c = open(KEYS[1], KEYS[2])
if not c.exists then return { 'missing' } end
local field = redis.call('HMGET', c.base, 'createdAt', 'hits', 'misses', 'created', 'expired', 'evicted', 'deleted')
local living = redis.call('HLEN', c.entries) - redis.call('ZCOUNT', c.due, '-inf', c.now)
return {
  'ok', c.epoch .. '-' .. c.seq, tonumber(field[1]),
  c.max_entries or false, c.max_bytes or false, c.default_ttl or false, c.max_ttl or false,
  c.sliding and 1 or 0, c.history, living, c.bytes,
  tonumber(field[2] or 0), tonumber(field[3] or 0), tonumber(field[4] or 0),
  tonumber(field[5] or 0), tonumber(field[6] or 0), tonumber(field[7] or 0),
}
