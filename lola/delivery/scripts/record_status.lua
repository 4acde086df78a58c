-- Records a delivery report. A status only moves up; `failed` is kept in a field of its own.
-- The first `failed` makes the kept row a dead letter of `conversation`, if there is a reason to.
-- Returns 1 when something changed, and 2 more when the report is the first with a price.
local status, waiting, kept, dead_letters = unpack(KEYS)
local reported, conversation, reason, priced = unpack(ARGV)
local RANKS = {sending = 0, sent = 1, delivered = 2, read = 3}

local known = redis.call('HGET', status, 'status')
if not known then
  return 0
end
local first_price = 0
if priced == '1' then
  first_price = 2 * redis.call('HSETNX', status, 'priced', '1')
end
if reported == 'failed' then
  if redis.call('HSETNX', status, 'failed', '1') == 0 then
    return first_price
  end
  local line = redis.call('GET', kept)
  if line and reason ~= '' then
    local row = row_fields(line)
    dead_letter(dead_letters, conversation, 'outbox', reason, row.attempts, row.body)
  end
  redis.call('DEL', kept)
elseif RANKS[reported] > RANKS[known] then
  redis.call('HSET', status, 'status', reported)
  if RANKS[reported] >= RANKS.delivered then
    -- One device has it: a failure reported after that loses nothing.
    redis.call('DEL', kept)
  end
else
  return first_price
end
-- A row that was held because its outcome was unknown need not wait any longer.
local held = redis.call('HGET', status, 'conversation')
if held then
  redis.call('ZADD', waiting, 'XX', 0, held)
end
return 1 + first_price
