-- Leases an outbox (or goes on under a held lease) and marks its next row as `sending`, after the
-- last check that it may still go. Returns {status, value, row, notes}:
--   {'send', token, row, notes}   send this row now
--   {'lost', token, row, notes, reason}   its outcome stays unknown, and it must not go again
--   {'held', due, '', notes}      its outcome is unknown; the lease is given back until `due`
--   {'paced', due, '', notes}     its recipient had enough for now; the lease is given back
--   {'gone'|'busy'|'fenced', '', '', notes}
-- `notes` lists what did not go: row id, author, reason.
local box = box_of(KEYS)
local ownership, dead_letters, pace = KEYS[7], KEYS[8], KEYS[9]
local conversation, token = arg_conversation, arg_token
local now, pair_ms = tonumber(arg_now), tonumber(arg_pair_ms)
local notes = {}

if token ~= '' then
  if not holds(box.lease, token) then
    return {'fenced', '', '', notes}
  end
  redis.call('PEXPIRE', box.lease, arg_lease_ms)
else
  local reason
  token, reason = lease_entry(box, conversation, arg_entry, arg_consumer, arg_lease_ms)
  if not token then
    return {reason, '', '', notes}
  end
end

local speaker = redis.call('HMGET', ownership, 'owner', 'epoch')
local owner, epoch = speaker[1] or 'bot', speaker[2] or '0'

-- Why a row must not go that was never tried, or nil.
local function forbidden(row)
  if row.valid_until ~= '0' and tonumber(row.valid_until) <= now then
    return 'expired'
  end
  if row.author == 'bot' and (owner ~= 'bot' or row.epoch ~= epoch) then
    return 'ownership'
  end
end

-- What to do with a row whose outcome is unknown: 'done', 'hold', why it is lost, or nil.
local function unresolved(row)
  local status = redis.call('HMGET', arg_statuses .. row.id, 'status', 'failed')
  if status[2] or (status[1] and status[1] ~= 'sending') then
    return 'done'
  end
  -- No row was sent in the future: the clock was set back since.
  row.since = text(math.min(row.since, now))
  if now < row.since + arg_hold_ms then
    return 'hold'
  end
  if row.money == '1' then
    return 'outcome unknown, about money'
  end
  if row.resends ~= '0' then
    return 'outcome unknown twice'
  end
end

-- When the recipient may be written to again, or nil: then this message is counted.
-- `pace` holds when all that was sent would have been due at one message per `pair_ms`.
local function too_soon()
  if pair_ms == 0 then
    return nil
  end
  local debt, most = tonumber(redis.call('GET', pace) or '0'), now + arg_pair_burst * pair_ms
  if debt > most then
    -- More than can be owed: the clock was set back since.
    debt = most
    redis.call('SET', pace, text(debt), 'PX', text(debt - now))
  end
  local earliest = debt - (arg_pair_burst - 1) * pair_ms
  if now < earliest then
    return text(earliest)
  end
  debt = math.max(now, debt) + pair_ms
  redis.call('SET', pace, text(debt), 'PX', text(debt - now))
end

local function drop(row, reason, is_dead_letter)
  if is_dead_letter then
    dead_letter(dead_letters, conversation, 'outbox', reason, row.attempts, row.body)
  end
  for _, word in ipairs({row.id, row.author, reason}) do
    table.insert(notes, word)
  end
  redis.call('LPOP', box.mailbox)
end

while true do
  local line = redis.call('LINDEX', box.mailbox, 0)
  if not line then
    leave(box, conversation)
    return {'gone', '', '', notes}
  end
  local row = row_fields(line)
  local was_sending = row.state == 'sending'
  local verdict = was_sending and unresolved(row) or nil
  local refusal = forbidden(row)
  if verdict == 'hold' then
    redis.call('LSET', box.mailbox, 0, row_line(row))
    local due = text(row.since + arg_hold_ms)
    postpone(box, conversation, due)
    return {'held', due, '', notes}
  elseif verdict == 'done' then
    redis.call('LPOP', box.mailbox)
    redis.call('HDEL', arg_statuses .. row.id, 'conversation')
  elseif verdict then
    return {'lost', token, line, notes, verdict}
  elseif refusal then
    drop(row, refusal, false)
  elseif now > row.created + arg_keep_ms then
    drop(row, 'not taken in time', true)
  else
    local due = too_soon()
    if due then
      postpone(box, conversation, due)
      return {'paced', due, '', notes}
    end
    row.attempts, row.state, row.since = row.attempts + 1, 'sending', text(now)
    row.resends = row.resends + (was_sending and 1 or 0)
    local sending = row_line(row)
    redis.call('LSET', box.mailbox, 0, sending)
    local status = arg_statuses .. row.id
    redis.call('HSET', status, 'conversation', conversation, 'status', 'sending')
    redis.call('EXPIRE', status, STATUS_SECONDS)
    if arg_kept_seconds ~= '0' then
      -- For the report that says it failed; it may be faster than the answer to the call.
      redis.call('SET', status .. ':sent', sending, 'EX', arg_kept_seconds)
    end
    return {'send', token, sending, notes}
  end
end
