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
