-- lib/order.lua: walking a cache's entries in one of their orders, from a place given by score and key. The
-- place need not exist any more: that is what keeps paging stable while entries come and go.

-- Whether a comes before b, byte by byte, as sorted sets have it. (Lua's own < follows the server's locale.)
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- How many members of the sorted set stand at or before (score, key): a binary search among equal scores.
local function rank_after(index, score, key)
  local low = redis.call('ZCOUNT', index, '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', index, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if before(key, redis.call('ZRANGE', index, middle, middle)[1]) then high = middle else low = middle + 1 end
  end
  return low
end

-- The range of `keys` that begin with prefix. No key of UTF-8 holds the byte 255.
local function lex_range(prefix)
  if prefix == '' then return '-', '+' end
  return '[' .. prefix, '(' .. prefix .. '\255'
end

-- All of the few keys that begin with prefix, as { score, key } in the order of the index.
local function sorted_matches(c, index, prefix)
  local low, high = lex_range(prefix)
  local found = {}
  for _, key in ipairs(redis.call('ZRANGEBYLEX', c.keys, low, high)) do
    local score = redis.call('ZSCORE', index, key)
    found[#found + 1] = { tonumber(score), key, score }
  end
  table.sort(found, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return before(a[2], b[2])
  end)
  return found
end
