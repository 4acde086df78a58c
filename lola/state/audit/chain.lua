-- Appends one line to a hash chain: link = SHA-256(previous link, SHA-256 of the line), raw bytes.
-- Redis offers scripts SHA-1 only, so SHA-256 of one 64-byte block is computed here.
local ROUND = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
local FIRST = {
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
}
-- What SHA-256 adds to a message of exactly 64 bytes: one bit, zeros, and its length in bits.
local PADDING = {0x80000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512}

local function words_of(hex)
  local words = {}
  for place = 1, #hex, 8 do
    words[#words + 1] = tonumber(string.sub(hex, place, place + 7), 16)
  end
  return words
end

local function compress(state, block)
  local band, bnot, bxor, ror, rshift, tobit =
    bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.tobit
  local w = {unpack(block)}
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    w[i] = tobit(w[i - 16] + bxor(ror(x, 7), ror(x, 18), rshift(x, 3)) + w[i - 7]
      + bxor(ror(y, 17), ror(y, 19), rshift(y, 10)))
  end
  local a, b, c, d, e, f, g, h = unpack(state)
  for i = 1, 64 do
    local one = h + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + bxor(band(e, f), band(bnot(e), g))
      + ROUND[i] + w[i]
    local two = bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + bxor(band(a, b), band(a, c), band(b, c))
    h, g, f, e, d, c, b, a = g, f, e, tobit(d + one), c, b, a, tobit(one + two)
  end
  local after = {a, b, c, d, e, f, g, h}
  for i = 1, 8 do
    after[i] = tobit(state[i] + after[i])
  end
  return after
end

-- Returns SHA-256 in hex of the 64 bytes that two digests in hex are.
local function link_of(previous, digest)
  local state = compress(compress(FIRST, words_of(previous .. digest)), PADDING)
  for i = 1, 8 do
    state[i] = bit.tohex(state[i])
  end
  return table.concat(state)
end

-- Appends `line`, whose SHA-256 is `digest`, and drops what is older than AUDIT_SECONDS.
-- `head` has the number and link of the newest line, and how many were dropped for their age.
local function append_audit(trail, head, line, digest)
  local known = redis.call('HMGET', head, 'seq', 'link')
  local seq = (tonumber(known[1]) or 0) + 1
  local previous = known[2] or string.rep('0', 64)
  local link = link_of(previous, digest)
  if seq == 1 then
    -- Entries of a version before the chain are dropped for their age too, but have no number.
    -- Not `-XLEN`: Redis 7.0 writes a negative zero as '-0', which HINCRBY refuses.
    redis.call('HSET', head, 'dropped', 0 - redis.call('XLEN', trail))
  end
  redis.call('XADD', trail, '*', 'seq', seq, 'previous', previous, 'link', link, 'line', line)
  redis.call('HSET', head, 'seq', seq, 'link', link)
  local now = redis.call('TIME')
  local oldest = string.format('%.0f', (tonumber(now[1]) - AUDIT_SECONDS) * 1000)
  redis.call('HINCRBY', head, 'dropped', redis.call('XTRIM', trail, 'MINID', oldest))
end
