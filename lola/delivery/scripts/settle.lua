-- Records a delivery report. A status only moves up; `failed` stands beside it.
-- Answers 1 when something changed.
local status, waiting = unpack(KEYS)
local reported = unpack(ARGV)
local RANKS = {sending = 0, sent = 1, delivered = 2, read = 3}

local known = redis.call('HGET', status, 'status')
if not known then
  return 0
end
if reported == 'failed' then
  if redis.call('HSETNX', status, 'failed', '1') == 0 then
    return 0
  end
elseif RANKS[reported] > RANKS[known] then
  redis.call('HSET', status, 'status', reported)
else
  return 0
end
-- A row that was held because nobody knew its outcome need not wait any longer.
local conversation = redis.call('HGET', status, 'conversation')
if conversation then
  redis.call('ZADD', waiting, 'XX', 0, conversation)
end
return 1
