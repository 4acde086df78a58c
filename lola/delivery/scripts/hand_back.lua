-- Gives back an entry that this consumer took and does not work on any more, leased or not, so
-- that no other worker has to wait for it to grow idle.
local box = box_of(KEYS)
local conversation, entry, consumer = unpack(ARGV)

local held = redis.call('GET', box.lease)
if redis.call('GET', box.flag) == entry
    and (not held or string.match(held, ':(.*)$') == consumer) then
  leave(box, conversation)
end
