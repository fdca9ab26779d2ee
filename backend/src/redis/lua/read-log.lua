#!lua flags=no-writes
-- read-log.lua: a part of a cache's log, if all of it that was asked for is still held.
--@use cache
-- KEYS  1 cache  2 shard
-- ARGV  1 epoch, '' for the earliest  2 seq to read after  3 how many records
-- Returns  'ok', epoch, newest seq, seq read after, items of the log… (see lib/log: the first may begin with records
--          that were not asked for, the last go on with such) | 'gone', epoch, newest seq | 'missing': there is no log

local c = open(KEYS[1], KEYS[2])
if not c.epoch then return { 'missing' } end

-- Up to which seq the log still is what it was in the generation of that epoch: all of it in the present one, in an
-- older one as far as the run after it found it. -1: the epoch is not of this log, or too old to tell.
local function holds_until(epoch)
  local made, number = string.match(epoch, '^(%w+)%.?(%d*)$')
  local generation = tonumber(number) or 0
  if made ~= c.made then return -1 end
  if generation == current_generation(c.generations) then return c.seq end
  local _, _, start = string.find(' ' .. c.generations, ' ' .. (generation + 1) .. ':(%d+)')
  return tonumber(start or -1)
end

local held = redis.call('XRANGE', c.log, '-', '+', 'COUNT', '1')[1]
local oldest = held and tonumber(string.match(held[2][2], '^%Z+%z%Z+%z(%d+)')) or c.seq + 1
oldest = math.max(oldest, c.seq - c.history + 1)

local after = tonumber(ARGV[2])
if ARGV[1] == '' then
  after = oldest - 1
elseif after < oldest - 1 or after > holds_until(ARGV[1]) then
  return { 'gone', c.epoch, c.seq }
end

-- An item may hold many records: read more of them only as long as more are wanted.
local A_READ = 32
local reply, reached, wanted = { 'ok', c.epoch, c.seq, after }, after, after + tonumber(ARGV[3])
repeat
  local most = math.min(A_READ, wanted - reached)
  local items = redis.call('XRANGE', c.log, int(reached + 1) .. '-0', '+', 'COUNT', int(most))
  for _, item in ipairs(items) do
    if reached >= wanted then return reply end
    reply[#reply + 1] = item[2][2]
    reached = tonumber(string.match(item[1], '^%d+'))
  end
until #items < most or reached >= wanted
return reply
