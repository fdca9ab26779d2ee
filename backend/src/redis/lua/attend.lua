#!lua flags=allow-oom
-- attend.lua: notes which run of the Redis server holds a shard. A new run may know less than the one before it did
-- (it lost the end of its append-only file, came up from a snapshot, or was a replica until now), and the numbers of
-- the events that it has forgotten will be given out again. So each log begins a new generation where the run found it.
--@use cache
-- KEYS  1 shard
-- ARGV  1 the most generations to remember
-- Returns  how many logs began a new generation

local shard, most = KEYS[1], tonumber(ARGV[1])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if redis.call('GET', shard .. ':run') == run then return 0 end
redis.call('SET', shard .. ':run', run)

local names = redis.call('SMEMBERS', shard .. ':caches')
for _, name in ipairs(redis.call('ZRANGE', shard .. ':heads', 0, -1)) do names[#names + 1] = name end
local begun = 0
for _, name in ipairs(names) do
  local c = open(shard .. ':cache:' .. name, shard)
  if c.made then
    local generations = {}
    for generation in string.gmatch(c.generations or '', '%d+:%d+') do generations[#generations + 1] = generation end
    generations[#generations + 1] = current_generation(c.generations) + 1 .. ':' .. c.seq
    redis.call('HSET', c.base, 'generations', table.concat(generations, ' ', math.max(1, #generations - most + 1)))
    begun = begun + 1
  end
end
return begun
