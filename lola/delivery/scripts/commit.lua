-- Commits a turn: everything below happens, or nothing does.
-- `dead_letter` is why the messages are given up, or empty; `owner` is empty when it stays as it is.
-- `rewritten` holds place from the end and new text of each older record that is replaced.
-- `timers` holds name, due and body of each timer in turn.
-- Returns 'idle' (mailbox empty, lease given back), 'more', 'fenced', 'mismatch' or 'ownership'.
local box = box_of(KEYS)
local outbox = {mailbox = KEYS[7], flag = KEYS[8], ready = KEYS[9]}
local state, history, ownership, handoff_queue, open_cases, recent, dead_letters, timers, bodies,
  trail, head_of_trail = unpack(KEYS, 10)
local conversation = arg_conversation

if not holds(box.lease, arg_token) then
  return 'fenced'
end
local head = redis.call('LINDEX', box.mailbox, 0)
local tail = redis.call('LINDEX', box.mailbox, arg_count - 1)
if not (head and tail and envelope_key(head) == arg_first and envelope_key(tail) == arg_last) then
  return 'mismatch'
end
if (redis.call('HGET', ownership, 'epoch') or '0') ~= arg_epoch then
  return 'ownership'
end

for _ = 1, arg_count do
  local line = redis.call('LPOP', box.mailbox)
  if arg_dead_letter ~= '' then
    local envelope = envelope_fields(line)
    dead_letter(dead_letters, conversation, 'inbox', arg_dead_letter, envelope.attempts + 1,
      envelope.body)
  end
end
if arg_state ~= '' then
  redis.call('HSET', state, 'state', arg_state, 'line', arg_line)
  list_recent(recent, conversation, arg_now)
  redis.call('HINCRBY', state, 'version', 1)
  for position = 1, #arg_rewritten, 2 do
    local from_end, text = unpack(arg_rewritten, position, position + 1)
    if redis.call('LLEN', history) >= tonumber(from_end) then
      redis.call('LSET', history, -from_end, text)
    end
  end
  redis.call('RPUSH', history, arg_record)
  redis.call('LTRIM', history, -arg_history_kept, -1)
end
if arg_owner ~= '' then
  change_owner(ownership, handoff_queue, open_cases, conversation, arg_owner, arg_staff, arg_since,
    arg_reason, arg_score)
end
keep_for(ownership, state, history, arg_ttl, arg_state_ttl)
if #arg_rows > 0 then
  redis.call('RPUSH', outbox.mailbox, unpack(arg_rows))
  announce_once(outbox.flag, outbox.ready, conversation)
end
for position = 1, #arg_timers, 3 do
  set_timer(timers, bodies, unpack(arg_timers, position, position + 2))
end
if arg_audit ~= '' then
  append_audit(trail, head_of_trail, arg_audit, arg_audit_digest)
end
for _, name in ipairs(arg_cancelled) do
  drop_timer(timers, bodies, name)
end
if redis.call('LLEN', box.mailbox) == 0 then
  return leave(box, conversation)
end
redis.call('PEXPIRE', box.lease, arg_lease_ms)
return 'more'
