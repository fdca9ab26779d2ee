-- lib/log.lua: the event log of an opened cache. Needs lib/cache.
--
-- A record is ten fields joined by NUL, which no field can hold (a key may not, JSON text escapes it):
--   cache, epoch, seq, type, key, version, deadline in ms or '', at in ms, reason or count, value as JSON
-- The records of one run go together, joined by NUL again, into one item of the Redis Stream, and as the same bytes to
-- those who listen live. An item's id is `<seq of its last record>-0`: from any seq on, XRANGE finds the item that
-- holds it.

-- Records, and about how many bytes of them, that one item holds at the most.
local ITEM_RECORDS, ITEM_BYTES = 128, 65536

-- Trimming looks for what can go, which costs as much as adding; so it is done once in so many events.
local TRIM_EVERY = 32

local function trim_log(c)
  redis.call('XTRIM', c.log, 'MINID', '~', int(math.max(0, c.seq - c.history + 1)))
end

-- Writes and tells what the run has logged.
local function write_log(c)
  local count = #c.records
  if count == 0 then return end
  local item = table.concat(c.records, '\0')
  redis.call('XADD', c.log, int(c.seq) .. '-0', 'e', item)
  if c.seq % TRIM_EVERY < count then trim_log(c) end
  redis.call('PUBLISH', string.match(c.shard, '^(.-):{') .. ':live', item)
  c.records, c.record_bytes = {}, 0
end

-- `due` as the index `due` has it: the deadline, or infinity.
local function append(c, type, key, version, due, reason, value)
  local records, seq = c.records, c.seq + 1
  if #records >= ITEM_RECORDS or c.record_bytes >= ITEM_BYTES then
    write_log(c)
    records = c.records
  end
  if due == '+inf' or due == 'inf' then due = '' end
  c.seq, c.at = seq, c.at or int(c.now)
  local record = c.name .. '\0' .. c.epoch .. '\0' .. int(seq) .. '\0' .. type .. '\0' .. key .. '\0' .. version
    .. '\0' .. due .. '\0' .. c.at .. '\0' .. reason .. '\0' .. value
  records[#records + 1] = record
  c.record_bytes = c.record_bytes + #record
end
