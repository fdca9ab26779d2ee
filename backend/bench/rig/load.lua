-- For wrk: the same request again and again, under keys that count up. What it is to do comes in the environment.
-- https://github.com/wg/wrk/blob/master/SCRIPTING

local before, after = os.getenv('PATH_BEFORE'), os.getenv('PATH_AFTER')
local body, expected = os.getenv('BODY'), os.getenv('EXPECT')
local keys = tonumber(os.getenv('KEYS'))
local headers = { ['content-type'] = body and 'application/json' }
local n, threads = 0, {}
local prepared = {}

-- Each request is put together once.
function request()
  n = (n + 1) % keys
  local text = prepared[n]
  if not text then
    text = wrk.format(os.getenv('METHOD'), after and before .. n .. after or before, headers, body)
    prepared[n] = text
  end
  return text
end

wrong, right = 0, 0

function response(status, _, text)
  if status < 300 and (not expected or string.find(text, expected, 1, true)) then
    right = right + 1
  else
    wrong = wrong + 1
  end
end

function setup(thread)
  threads[#threads + 1] = thread
end

function done(summary, latency)
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('\n{"answers":%d,"perSecond":%.3f,"wrong":%d}\n', threads[1]:get('right'),
    threads[1]:get('right') * 1e6 / summary.duration, threads[1]:get('wrong') + lost))
end
