-- Changes who may speak, if nobody else did since. Answers the new epoch, or 0 on a conflict.
local ownership, desk = unpack(KEYS)
local conversation, expected, owner, staff, since, reason, score = unpack(ARGV)

if (redis.call('HGET', ownership, 'epoch') or '0') ~= expected then
  return 0
end
return change_owner(ownership, desk, conversation, owner, staff, since, reason, score)
