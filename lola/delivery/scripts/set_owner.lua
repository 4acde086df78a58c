-- Changes the owner, if its epoch is still the expected one. Returns the new epoch, 0 on a conflict.
local ownership, handoff_queue, state, history = unpack(KEYS)

if (redis.call('HGET', ownership, 'epoch') or '0') ~= args.expected then
  return 0
end
local epoch = change_owner(ownership, handoff_queue, args.conversation, args)
keep_for(ownership, state, history, args.ttl)
return epoch
