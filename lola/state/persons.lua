-- Finds the person of each message by the ids that it carries, and links those ids; one call for a
-- batch. KEYS are prefixes in one slot: of links (`i:` user id, `n:` number, `p:` person) and of
-- messages. ARGV: for how many seconds messages are remembered, for how many milliseconds a silent
-- number is certainly no one else's yet, then FIELDS values per message.
-- The rules are in docs/channels.md. A person's `key` never changes, and no number moves a person.
local links, messages = KEYS[1], KEYS[2]
local keep, quarantine = ARGV[1], ARGV[2]
local FIELDS = {
  'message', 'at', 'id', 'id_digest', 'phone', 'phone_digest', 'own', 'own_digest',
  'fresh', 'fresh_digest', 'change', 'new_id', 'new_id_digest', 'new_phone', 'new_phone_digest',
}

local NONE, CHANGES = '-', 8

local function text(number)
  return string.format('%.0f', number)
end

local function field(person, name)
  return redis.call('HGET', links .. 'p:' .. person, name) or ''
end

-- Returns what is known of a number: who has it and since when, when it was last seen, and all who
-- had it, one "time person;" per change. All times are the provider's; 0 means never.
local function number_of(digest)
  local known = redis.call('HMGET', links .. 'n:' .. digest, 'past', 'seen')
  local number = {person = '', began = 0, seen = tonumber(known[2] or '0'), changes = {}}
  for began, person in string.gmatch(known[1] or '', '(%d+) ([^;]+)') do
    number.person = person ~= NONE and person or ''
    number.began = tonumber(began)
    table.insert(number.changes, {began = number.began, person = number.person})
  end
  return number
end

local function holder_at(number, time)
  local holder = ''
  for _, change in ipairs(number.changes) do
    if change.began > time then
      break
    end
    holder = change.person
  end
  return holder
end

-- Notes who has a number from `at` on ('' for nobody); the oldest changes are forgotten.
local function hand_over(digest, number, person, at)
  table.insert(number.changes, {began = tonumber(at), person = person})
  local past = {}
  for place = math.max(1, #number.changes - CHANGES + 1), #number.changes do
    local change = number.changes[place]
    table.insert(past, text(change.began) .. ' ' .. (change.person ~= '' and change.person or NONE))
  end
  redis.call('HSET', links .. 'n:' .. digest, 'past', table.concat(past, ';'), 'seen', at)
end

local function give_up(person, at)
  local digest = field(person, 'number')
  redis.call('HDEL', links .. 'p:' .. person, 'phone', 'number')
  if digest ~= '' then
    local number = number_of(digest)
    if number.person == person then
      hand_over(digest, number, '', at)
    end
  end
end

-- Gives a number to a person, unless a newer message gave it to another.
-- Returns the key of the one who had it, if nothing but the number was known of them.
local function link(person, phone, digest, at)
  local number, time = number_of(digest), tonumber(at)
  local is_same = number.person == person
  if time < (is_same and number.began or number.seen) then
    return ''
  end
  local before = ''
  if is_same then
    redis.call('HSET', links .. 'n:' .. digest, 'seen', text(math.max(time, number.seen)))
  else
    if number.person ~= '' then
      before = field(number.person, 'id') == '' and field(number.person, 'key') or ''
      redis.call('HDEL', links .. 'p:' .. number.person, 'phone', 'number')
    end
    hand_over(digest, number, person, at)
  end
  if field(person, 'number') ~= digest then
    give_up(person, at)
  end
  redis.call('HSET', links .. 'p:' .. person, 'phone', phone, 'number', digest)
  return before
end

local function create(m, is_new_number)
  local choices = {{m.id, m.id_digest}, {m.fresh, m.fresh_digest}}
  if m.own ~= '' and is_new_number then
    table.insert(choices, 1, {m.own, m.own_digest})
  end
  for _, choice in ipairs(choices) do
    local key, person = choice[1], choice[2]
    if key ~= '' and redis.call('EXISTS', links .. 'p:' .. person) == 0 then
      redis.call('HSET', links .. 'p:' .. person, 'key', key)
      return person
    end
  end
end

local function find(m)
  if m.id ~= '' then
    local person = redis.call('GET', links .. 'i:' .. m.id_digest)
    if person then
      return person
    end
  end
  if m.phone == '' then
    return create(m, false)
  end
  local number, time = number_of(m.phone_digest), tonumber(m.at)
  if m.id == '' then
    -- Sent before the number changed hands, it is of the one who had it then.
    local holder = time < number.began and holder_at(number, time) or number.person
    if holder ~= '' then
      return holder
    end
  elseif number.person ~= '' and field(number.person, 'id') == ''
      and (time >= number.began or #number.changes == 1)
      and math.abs(time - number.seen) <= tonumber(quarantine) then
    return number.person
  end
  return create(m, number.began == 0)
end

-- Gives a person the number of another record of theirs, as if it had been theirs from the start.
local function take_number(person, other)
  local phone, digest = field(other, 'phone'), field(other, 'number')
  redis.call('HDEL', links .. 'p:' .. other, 'phone', 'number')
  if phone == '' then
    return
  end
  local past = redis.call('HGET', links .. 'n:' .. digest, 'past')
  past = string.gsub(past, ' ' .. other .. '%f[;%z]', ' ' .. person)
  redis.call('HSET', links .. 'n:' .. digest, 'past', past)
  redis.call('HSET', links .. 'p:' .. person, 'phone', phone, 'number', digest)
end

-- Applies a change that the provider states: a new user id, a new number, or another device.
local function change(person, m)
  if m.change == 'doubt' then
    redis.call('HDEL', links .. 'p:' .. person, 'phone')
    return m.phone ~= '' and link(person, m.phone, m.phone_digest, m.at) or ''
  end
  local joined = ''
  if tonumber(m.at) >= number_of(field(person, 'number')).seen then
    give_up(person, m.at)
  end
  if m.new_id ~= '' then
    local other = redis.call('GET', links .. 'i:' .. m.new_id_digest)
    if other and other ~= person then
      -- A message under the new id was faster than this notice.
      joined = field(other, 'key')
      take_number(person, other)
      redis.call('HDEL', links .. 'p:' .. other, 'id')
    end
    redis.call('SET', links .. 'i:' .. m.new_id_digest, person)
    redis.call('HSET', links .. 'p:' .. person, 'id', m.new_id)
  end
  if m.new_phone ~= '' then
    local before = link(person, m.new_phone, m.new_phone_digest, m.at)
    joined = joined ~= '' and joined or before
  end
  return joined
end

local function resolve(m)
  local remembered = messages .. m.message
  local known = redis.call('HMGET', remembered, 'person', 'joined')
  if known[1] then
    -- A write of its own, so that a WAIT behind it covers the links as well.
    redis.call('EXPIRE', remembered, keep)
    return known[1], known[2]
  end
  local person = find(m)
  local joined = ''
  if m.id ~= '' and redis.call('SETNX', links .. 'i:' .. m.id_digest, person) == 1 then
    redis.call('HSET', links .. 'p:' .. person, 'id', m.id)
  end
  if m.change ~= '' then
    joined = change(person, m)
  elseif m.phone ~= '' and (m.id == '' or field(person, 'id') == m.id) then
    -- A message under an id from before a change tells a number from before it, too.
    joined = link(person, m.phone, m.phone_digest, m.at)
  end
  redis.call('HSET', remembered, 'person', person, 'joined', joined)
  redis.call('EXPIRE', remembered, keep)
  return person, joined
end

local answers = {}
for first = 3, #ARGV, #FIELDS do
  local m = {}
  for place, name in ipairs(FIELDS) do
    m[name] = ARGV[first + place - 1]
  end
  local person, joined = resolve(m)
  local now = redis.call('HMGET', links .. 'p:' .. person, 'key', 'id', 'phone')
  table.insert(answers, {now[1] or '', now[2] or '', now[3] or '', joined})
end
return answers
