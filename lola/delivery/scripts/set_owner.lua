-- Changes the owner, if its epoch is still the expected one. Returns the new epoch, 0 on a conflict.
local ownership, handoff_queue, open_cases, state, history, trail, head_of_trail = unpack(KEYS)

if (redis.call('HGET', ownership, 'epoch') or '0') ~= arg_expected then
  return 0
end
local epoch = change_owner(ownership, handoff_queue, open_cases, arg_conversation, arg_owner,
  arg_staff, arg_since, arg_reason, arg_score)
keep_for(ownership, state, history, arg_ttl)
append_audit(trail, head_of_trail, arg_audit, arg_audit_digest)
return epoch
