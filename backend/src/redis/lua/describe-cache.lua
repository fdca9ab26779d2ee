#!lua flags=no-writes
-- describe-cache.lua: a cache's policy and figures.
--@use cache
-- KEYS  1 cache  2 shard
-- Returns  'missing' | 'ok', version of the log's head (`<epoch>-<seq>`), createdAt, maxEntries, maxBytes,
--          defaultTtlMs, maxTtlMs (false: no bound), sliding (1 or 0), history, living entries, bytes, hits,
--          misses, created, expired, evicted, deleted

local c = open(KEYS[1], KEYS[2])
if not c.exists then return { 'missing' } end
local living = redis.call('HLEN', c.entries) - redis.call('ZCOUNT', c.due, '-inf', c.now)
return {
  'ok', c.epoch .. '-' .. c.seq, tonumber(c.created_at),
  c.max_entries or false, c.max_bytes or false, c.default_ttl or false, c.max_ttl or false,
  c.sliding and 1 or 0, c.history, living, c.bytes,
  c.hits, c.misses, c.created, c.expired, c.evicted, c.deleted,
}
