-- Records what came of sending the head row.
-- `outcome`: sent | retry (pending again until `due`) | hold (unknown until `due`) | drop |
-- reject (to the dead letters) | lose (the same, but a report may still come).
-- The keys after the fixed ones find a sent row by the provider's id.
-- Returns 'idle', 'more', 'delayed', 'fenced' or 'mismatch'.
local box = box_of(KEYS)
local dead_letters, status, kept = KEYS[7], KEYS[8], KEYS[9]
local conversation, outcome = arg_conversation, arg_outcome

if not holds(box.lease, arg_token) then
  return 'fenced'
end
local line = redis.call('LINDEX', box.mailbox, 0)
if not line or row_key(line) ~= arg_row then
  return 'mismatch'
end
if outcome ~= 'sent' and outcome ~= 'hold' then
  redis.call('DEL', kept)
end
if outcome == 'retry' then
  -- The row certainly did not arrive, so this try does not count as a resend of an unknown one.
  local row = row_fields(line)
  row.state = 'pending'
  redis.call('LSET', box.mailbox, 0, row_line(row))
end
if outcome == 'retry' or outcome == 'hold' then
  postpone(box, conversation, arg_due)
  return 'delayed'
end
if outcome == 'reject' or outcome == 'lose' then
  local row = row_fields(line)
  dead_letter(dead_letters, conversation, 'outbox', arg_reason, row.attempts, row.body)
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
  redis.call('HSET', status, 'providers', arg_providers)
  redis.call('HDEL', status, 'conversation')
  redis.call('EXPIRE', status, STATUS_SECONDS)
  for position = 10, #KEYS do
    redis.call('SET', KEYS[position], arg_row, 'EX', STATUS_SECONDS)
  end
end
redis.call('LPOP', box.mailbox)
if redis.call('LLEN', box.mailbox) == 0 then
  return leave(box, conversation)
end
redis.call('PEXPIRE', box.lease, arg_lease_ms)
return 'more'
