-- lib/log.lua: the event log of an opened cache. Needs lib/cache.
--
-- A record is ten fields joined by NUL, which no field can hold (a key may not, JSON text escapes it):
--   cache, epoch, seq, type, key, version, deadline in ms or '', at in ms, reason or count, value as JSON
-- The same bytes go into the Redis Stream (id `<seq>-0`, dense: one more for each event) and to those who
-- listen live; several records of one script run travel as one message.

local function append(c, type, key, version, deadline, reason, value)
  c.seq = c.seq + 1
  if version ~= '' then version = version_of(c, version) end
  if deadline == math.huge then deadline = '' end
  local record = table.concat(
    { c.name, c.epoch, c.seq, type, key, version, deadline, c.now, reason, value }, '\0')
  redis.call('XADD', c.log, 'MAXLEN', '~', c.history, c.seq .. '-0', 'e', record)
  c.records[#c.records + 1] = record
end

-- To be told of every deadline that comes or goes: only the earliest of the cache concerns the fuse.
local function deadline_set(c, deadline)
  if not c.rearm and deadline < tonumber(c.armed) then c.rearm = true end
end

local function deadline_gone(c, deadline)
  if not c.rearm and deadline <= tonumber(c.armed) then c.rearm = true end
end

-- Keeps the fuse of the shard burning towards the earliest deadline of all its caches.
--
-- The fuse is the one key whose TTL fires: Redis's `expired` notification for it is what sets the settler
-- going. Whoever sweeps is told when the earliest deadline comes closer.
local function arm(c)
  if not c.rearm then return end
  local first = redis.call('ZRANGE', c.due, 0, 0, 'WITHSCORES')
  local deadline = first[2] or 'inf'
  if deadline == c.armed then return end
  redis.call('HSET', c.base, 'armed', deadline)
  if deadline == 'inf' then
    redis.call('ZREM', c.shard .. ':next', c.name)
  else
    redis.call('ZADD', c.shard .. ':next', deadline, c.name)
  end

  local fuse, earliest = c.shard .. ':fuse', redis.call('ZRANGE', c.shard .. ':next', 0, 0, 'WITHSCORES')
  if not earliest[2] then
    redis.call('DEL', fuse)
    return
  end
  local burns_until, fires_at = redis.call('PEXPIRETIME', fuse), math.max(tonumber(earliest[2]), c.now + 1)
  if burns_until == fires_at then return end
  redis.call('SET', fuse, 1, 'PXAT', fires_at)
  if burns_until < 0 or fires_at < burns_until then
    redis.call('PUBLISH', string.match(c.shard, '^(.-):{') .. ':sooner', c.shard .. ' ' .. fires_at)
  end
end

-- Writes back what the run changed and tells those who listen. Once, at the end of every writing script.
local function close(c)
  if not c.exists then return end
  local changes = { 'seq', c.seq, 'tick', c.tick, 'bytes', c.bytes }
  for figure in pairs(c.counted) do
    changes[#changes + 1] = figure
    changes[#changes + 1] = c.figures[figure]
  end
  redis.call('HSET', c.base, unpack(changes))
  arm(c)
  if #c.records > 0 then
    redis.call('PUBLISH', string.match(c.shard, '^(.-):{') .. ':live', table.concat(c.records, '\0'))
  end
end
