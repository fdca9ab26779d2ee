-- lib/fuse.lua: keeps a shard's fuse burning towards its earliest deadline. Needs lib/cache.

-- To be told of every deadline that comes or goes: only the earliest of the cache concerns the fuse.
local function deadline_set(c, deadline)
  if not c.rearm and deadline < c.armed then c.rearm = true end
end

local function deadline_gone(c, deadline)
  if not c.rearm and deadline <= c.armed then c.rearm = true end
end

-- Keeps the fuse of the shard burning towards the earliest deadline of all its caches.
--
-- The fuse is the one key whose TTL fires: Redis's `expired` notification for it is what sets the settler
-- going. Whoever sweeps is told when the earliest deadline comes closer. That it is armed is written down by `close`.
local function arm(c)
  if not c.rearm then return end
  local first = redis.call('ZRANGE', c.due, 0, 0, 'WITHSCORES')
  local deadline = tonumber(first[2] or 'inf')
  if deadline == c.armed then return end
  c.armed = deadline
  if deadline == math.huge then
    redis.call('ZREM', c.shard .. ':next', c.name)
  else
    redis.call('ZADD', c.shard .. ':next', first[2], c.name)
  end

  local fuse, earliest = c.shard .. ':fuse', redis.call('ZRANGE', c.shard .. ':next', 0, 0, 'WITHSCORES')
  if not earliest[2] then
    redis.call('DEL', fuse)
    return
  end
  local burns_until, fires_at = redis.call('PEXPIRETIME', fuse), math.max(tonumber(earliest[2]), c.now + 1)
  if burns_until == fires_at then return end
  redis.call('SET', fuse, '1', 'PXAT', int(fires_at))
  if burns_until < 0 or fires_at < burns_until then
    redis.call('PUBLISH', string.match(c.shard, '^(.-):{') .. ':sooner', c.shard .. ' ' .. int(fires_at))
  end
end
