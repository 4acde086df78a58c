-- Leases a conversation, or reads again under a lease that is held (`token` not empty).
-- Returns {'ok', token, entries, state, version, history, ownership}, or {'gone'|'busy'|'fenced'}.
local box = box_of(KEYS)
local state, history, ownership = unpack(KEYS, 7)
local token = arg_token

if token ~= '' then
  if not holds(box.lease, token) then
    return {'fenced'}
  end
  redis.call('PEXPIRE', box.lease, arg_lease_ms)
else
  local reason
  token, reason = lease_entry(box, arg_conversation, arg_entry, arg_consumer, arg_lease_ms)
  if not token then
    return {reason}
  end
end
local entries = redis.call('LRANGE', box.mailbox, 0, arg_burst - 1)
if #entries == 0 then
  leave(box, arg_conversation)
  return {'gone'}
end
local stored = redis.call('HMGET', state, 'state', 'version')
return {
  'ok', token, entries, stored[1] or '', stored[2] or '0',
  redis.call('LRANGE', history, -arg_history, -1), redis.call('HGETALL', ownership),
}
