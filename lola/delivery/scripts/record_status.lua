-- Records a delivery report. A status only moves up; `failed` stands beside it.
-- The first `failed` buries the kept row of `conversation`, if there is a reason to. Answers 1 when something changed.
local status, waiting, kept, letters = unpack(KEYS)
local reported, conversation, reason = unpack(ARGV)
local RANKS = {sending = 0, sent = 1, delivered = 2, read = 3}

local known = redis.call('HGET', status, 'status')
if not known then
  return 0
end
if reported == 'failed' then
  if redis.call('HSETNX', status, 'failed', '1') == 0 then
    return 0
  end
  local raw = redis.call('GET', kept)
  if raw and reason ~= '' then
    local attempts, body = string.match(raw, '^%S+ %S+ %d+ %d+ %d+ (%d+) %S+ %d+ %d+ %d (.*)$')
    bury(letters, conversation, 'outbox', reason, attempts, body)
  end
  redis.call('DEL', kept)
elseif RANKS[reported] > RANKS[known] then
  redis.call('HSET', status, 'status', reported)
  if RANKS[reported] >= RANKS.delivered then
    -- One device has it: whatever fails after that is no loss.
    redis.call('DEL', kept)
  end
else
  return 0
end
-- A row that was held because nobody knew its outcome need not wait any longer.
local held = redis.call('HGET', status, 'conversation')
if held then
  redis.call('ZADD', waiting, 'XX', 0, held)
end
return 1
