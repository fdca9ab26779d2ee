#!lua
-- set-policy.lua: creates a cache or replaces its policy.
--@use cache log
-- KEYS  1 cache  2 shard
-- ARGV  1 maxEntries  2 maxBytes  3 defaultTtlMs  4 maxTtlMs ('' in any: no bound)  5 sliding (1 or 0)  6 history
-- Returns  created (1 or 0)
-- What the new policy leaves no room for is evicted by shrink.lua, called next.

local c = open(KEYS[1], KEYS[2])
local created = not c.exists
ensure_cache(c)
local policy = {}
for i = 1, 6 do policy[i] = ARGV[i] == '' and '-' or ARGV[i] end
redis.call('HSET', c.base, 'policy', table.concat(policy, ' '))
c.history = tonumber(ARGV[6])
trim_log(c)
return created and 1 or 0
