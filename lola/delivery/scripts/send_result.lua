-- Records what came of sending the head row.
-- `outcome`: sent | retry (pending again until `due`) | hold (unknown until `due`) | drop |
-- reject (to the dead letter) | lose (the same, but a report may still come).
-- Behind the fixed keys stand those that find a sent row by the provider's id.
-- Answers 'idle', 'more', 'delayed', 'fenced' or 'mismatch'.
local box = box_of(KEYS)
local letters, status, kept = KEYS[7], KEYS[8], KEYS[9]
local token, conversation, row_id, outcome, due, reason, providers, lease_ms = unpack(ARGV)

if not holds(box.lease, token) then
  return 'fenced'
end
local raw = redis.call('LINDEX', box.mailbox, 0)
if not raw or string.match(raw, '^%S+') ~= row_id then
  return 'mismatch'
end
if outcome ~= 'sent' and outcome ~= 'hold' then
  redis.call('DEL', kept)
end
if outcome == 'retry' then
  -- The row certainly did not arrive, so this try does not count as a resend of an unknown one.
  redis.call('LSET', box.mailbox, 0, (string.gsub(raw, ' sending ', ' pending ', 1)))
end
if outcome == 'retry' or outcome == 'hold' then
  postpone(box, conversation, due)
  return 'delayed'
end
if outcome == 'reject' or outcome == 'lose' then
  local attempts, body = string.match(raw, '^%S+ %S+ %d+ %d+ %d+ (%d+) %S+ %d+ %d+ %d (.*)$')
  bury(letters, conversation, 'outbox', reason, attempts, body)
end
if outcome == 'lose' then
  redis.call('HDEL', status, 'conversation')
elseif outcome ~= 'sent' then
  redis.call('DEL', status)
else
  -- A delivery report may have been faster than this script; a status never goes down.
  if redis.call('HGET', status, 'status') == 'sending' then
    redis.call('HSET', status, 'status', 'sent')
  end
  redis.call('HSET', status, 'providers', providers)
  redis.call('HDEL', status, 'conversation')
  redis.call('EXPIRE', status, STATUS_SECONDS)
  for position = 10, #KEYS do
    redis.call('SET', KEYS[position], row_id, 'EX', STATUS_SECONDS)
  end
end
redis.call('LPOP', box.mailbox)
if redis.call('LLEN', box.mailbox) == 0 then
  return leave(box, conversation)
end
redis.call('PEXPIRE', box.lease, lease_ms)
return 'more'
