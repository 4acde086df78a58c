-- Leases a conversation, or reads again under a lease that is held (`token` not empty).
-- Answers {'ok', token, entries, state, version, history, ownership}, or {'gone'|'busy'|'fenced'}.
local box = box_of(KEYS)
local state, history, ownership = KEYS[7], KEYS[8], KEYS[9]
local conversation, entry, consumer, token, lease_ms, burst, window = unpack(ARGV)

if token ~= '' then
  if not holds(box.lease, token) then
    return {'fenced'}
  end
  redis.call('PEXPIRE', box.lease, lease_ms)
else
  local reason
  token, reason = lease_entry(box, conversation, entry, consumer, lease_ms)
  if not token then
    return {reason}
  end
end
local entries = redis.call('LRANGE', box.mailbox, 0, burst - 1)
if #entries == 0 then
  leave(box, conversation)
  return {'gone'}
end
local stored = redis.call('HMGET', state, 'state', 'version')
return {
  'ok', token, entries, stored[1] or '', stored[2] or '0',
  redis.call('LRANGE', history, -window, -1), redis.call('HGETALL', ownership),
}
