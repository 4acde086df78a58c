-- Commits a turn: everything below happens, or nothing does.
-- `dead_letter` is why the messages are given up, or empty; `owner` is empty when it stays as it is.
-- `timers` holds name, due and body of each timer in turn.
-- Returns 'idle' (mailbox empty, lease given back), 'more', 'fenced', 'mismatch' or 'ownership'.
local box = box_of(KEYS)
local outbox = {mailbox = KEYS[7], flag = KEYS[8], ready = KEYS[9]}
local state, history, ownership, handoff_queue, dead_letters, timers, bodies, trail =
  unpack(KEYS, 10)
local conversation = args.conversation
local count = tonumber(args.count)

local function is_message(position, seq)
  local line = redis.call('LINDEX', box.mailbox, position)
  return line and envelope_fields(line).seq == seq
end

if not holds(box.lease, args.token) then
  return 'fenced'
end
if not (is_message(0, args.first) and is_message(count - 1, args.last)) then
  return 'mismatch'
end
if (redis.call('HGET', ownership, 'epoch') or '0') ~= args.epoch then
  return 'ownership'
end

for _ = 1, count do
  local line = redis.call('LPOP', box.mailbox)
  if args.dead_letter ~= '' then
    local envelope = envelope_fields(line)
    dead_letter(dead_letters, conversation, 'inbox', args.dead_letter, envelope.attempts + 1,
      envelope.body)
  end
end
if args.state ~= '' then
  redis.call('HSET', state, 'state', args.state)
  redis.call('HINCRBY', state, 'version', 1)
  redis.call('RPUSH', history, args.record)
  redis.call('LTRIM', history, -args.history_kept, -1)
end
if args.owner ~= '' then
  change_owner(ownership, handoff_queue, conversation, args)
end
keep_for(ownership, state, history, args.ttl)
for _, row in ipairs(args.rows) do
  redis.call('RPUSH', outbox.mailbox, row)
end
if #args.rows > 0 then
  announce_once(outbox.flag, outbox.ready, conversation)
end
for position = 1, #args.timers, 3 do
  set_timer(timers, bodies, unpack(args.timers, position, position + 2))
end
for _, body in ipairs(args.audit) do
  record(trail, conversation, args.trace_id, body)
end
for _, name in ipairs(args.cancelled) do
  drop_timer(timers, bodies, name)
end
if redis.call('LLEN', box.mailbox) == 0 then
  return leave(box, conversation)
end
redis.call('PEXPIRE', box.lease, args.lease_ms)
return 'more'
