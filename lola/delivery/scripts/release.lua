-- Gives a lease back; what is left in the mailbox gets a fresh entry at the end of the queue.
local box = box_of(KEYS)
local token, conversation = unpack(ARGV)

if not holds(box.lease, token) then
  return 'fenced'
end
return leave(box, conversation)
