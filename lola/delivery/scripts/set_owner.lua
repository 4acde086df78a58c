-- Changes who may speak, if nobody else did since. Answers the new epoch, or 0 on a conflict.
local ownership, desk, state, history = unpack(KEYS)
local conversation, expected, ttl, owner, staff, since, reason, score = unpack(ARGV)

if (redis.call('HGET', ownership, 'epoch') or '0') ~= expected then
  return 0
end
local epoch = change_owner(ownership, desk, conversation, owner, staff, since, reason, score)
keep_for(ownership, state, history, ttl)
return epoch
