#!lua flags=no-writes
-- list.lua: a page of a cache's living entries, or as much of one as a run may look at.
--@use cache entry order
-- KEYS  1 cache  2 shard
-- ARGV  1 sort: 'key' | 'expiry' | 'recency'  2 prefix  3 the most entries  4 '1' to go on after a place, else ''
--       5 that place's score  6 that place's key  7 the most keys to look at  8 the most bytes of values
-- Returns  'missing' and the log's head, if there is a log, or 'ok', `<epoch>-<seq>` of the log's head, total, now, 1 when there may be more,
--          score and key of the last place looked at, then six for each entry:
--          key, version, createdAt, updatedAt, deadline (0: none), value

local c = open(KEYS[1], KEYS[2])
if not c.exists then return { 'missing', c.epoch and c.epoch .. '-' .. c.seq } end
local sort, prefix, limit, resume = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local score, place, looks, room = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local low, high = lex_range(prefix)

local matching = redis.call('ZLEXCOUNT', c.keys, low, high)
local overdue = 0
for _, key in ipairs(redis.call('ZRANGEBYSCORE', c.due, '-inf', c.now)) do
  if string.sub(key, 1, #prefix) == prefix then overdue = overdue + 1 end
end

-- Each order gives its next places as a flat list: key, score, key, score…
local CHUNK = 200
local next_places
if sort == 'key' then
  local from = resume and '(' .. place or low
  next_places = function()
    local places = {}
    for _, key in ipairs(redis.call('ZRANGEBYLEX', c.keys, from, high, 'LIMIT', 0, CHUNK)) do
      places[#places + 1] = key
      places[#places + 1] = '0'
      from = '(' .. key
    end
    return places
  end
else
  local index = sort == 'expiry' and c.due or c.recency
  if prefix ~= '' and matching <= looks then
    local found, at = sorted_matches(c, index, prefix), 1
    local after = resume and tonumber(score)
    while resume and found[at] and (found[at][1] < after
      or found[at][1] == after and not before(place, found[at][2])) do at = at + 1 end
    next_places = function()
      local places = {}
      while found[at] and #places < 2 * CHUNK do
        places[#places + 1] = found[at][2]
        places[#places + 1] = found[at][3]
        at = at + 1
      end
      return places
    end
  else
    local rank = resume and rank_after(index, score, place) or 0
    next_places = function()
      local places = redis.call('ZRANGE', index, rank, rank + CHUNK - 1, 'WITHSCORES')
      rank = rank + CHUNK
      return places
    end
  end
end

local reply = { 'ok', c.epoch .. '-' .. c.seq, matching - overdue, c.now, 1, score, place }
local taken = 0
while true do
  local places = next_places()
  if #places == 0 then
    reply[5] = 0
    return reply
  end
  for i = 1, #places, 2 do
    if taken >= limit or looks <= 0 or room <= 0 then return reply end
    looks = looks - 1
    local key = places[i]
    reply[6], reply[7] = places[i + 1], key
    local e = string.sub(key, 1, #prefix) == prefix and read(c, key)
    if e and e.deadline > c.now then
      local n, _ = #reply + 1, nil
      reply[n] = key
      _, reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4], reply[n + 5] = describe(c, e)
      taken, room = taken + 1, room - #e.value
    end
  end
end
