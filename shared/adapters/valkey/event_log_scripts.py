"""The Lua that runs inside Valkey: each script is one atomic step of the event log.

Keys of a topic share the hash tag ``{topic}`` and so live on one node of a cluster; every script is given the common
prefix as its only key and makes the others from it:

``log:{topic}:meta``           hash, field ``partitions``
``log:{topic}:<partition>``    stream; fields ``v`` value, ``k`` key, ``h:<name>`` header, in order
``log:{topic}:id:<dedup id>``  entry id, expires
``log:{topic}:members:<group>``  hash, ``<member>/<token>`` -> ``<run id of the server>:<client id>``, ``left``
                               or ``replaced``
``log:{topic}:bell``           stream of at most one entry that wakes those who wait; its field says for what:
                               ``entries`` or ``members``

Scripts that free or move entries may run while memory is full (``allow-oom``): consumers must go on then, or it
would stay full. Appending may not.
"""

from __future__ import annotations

_COMMON = """
local base = KEYS[1]
local partitions = tonumber(redis.call('HGET', base .. ':meta', 'partitions') or 0)
if partitions == 0 then return redis.error_reply('NOTOPIC no such topic') end
local function ring(why) redis.call('XADD', base .. ':bell', 'MAXLEN', '1', '*', why, '') end
local function bytes_of(fields)
  local sum = 0
  for i = 1, #fields do sum = sum + #fields[i] end
  return sum
end
-- A reply is a copy in memory, so one reply ends after this many bytes whatever number of entries was asked for.
local STEP, ENOUGH = 32, 16 * 1024 * 1024
"""

_MEMBERSHIP = """
local members = base .. ':members:' .. ARGV[1]
local state = redis.call('HGET', members, ARGV[2])
if not state then return redis.error_reply('EVICTED was taken for gone') end
if state == 'replaced' then return redis.error_reply('REPLACED another member joined under this name') end
if state == 'left' then return redis.error_reply('REPLACED closed') end
"""

_WRITES_ALWAYS = "#!lua flags=allow-oom\n" + _COMMON
_ONLY_READS = "#!lua flags=no-writes\n" + _COMMON

# ARGV: partitions, expiry of dedup ids in s, then per entry: partition, dedup id, number of fields, fields.
# Answers how many were added.
APPEND = (
    "#!lua\n"
    + _COMMON
    + """
if partitions ~= tonumber(ARGV[1]) then return redis.error_reply('NOTOPIC has other partitions now') end
local at, added = 3, 0
while at <= #ARGV do
  local stream, dedup_id, width = base .. ':' .. ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local fresh = true
  if dedup_id ~= '' then
    fresh = redis.call('SET', base .. ':id:' .. dedup_id, '', 'NX', 'EX', ARGV[2])
  end
  if fresh then
    local id = redis.call('XADD', stream, '*', unpack(ARGV, at + 3, at + 2 + width))
    if dedup_id ~= '' then redis.call('SET', base .. ':id:' .. dedup_id, id, 'KEEPTTL') end
    added = added + 1
  end
  at = at + 3 + width
end
if added > 0 then ring('entries') end
return added
"""
)

# ARGV: group, consumer, connection, start id, member. Creates the group where it is missing; a former holder of the
# member's name is marked, so that what it holds can be taken over at once.
JOIN = (
    _WRITES_ALWAYS
    + """
local members = base .. ':members:' .. ARGV[1]
for p = 0, partitions - 1 do
  local made = redis.pcall('XGROUP', 'CREATE', base .. ':' .. p, ARGV[1], ARGV[4], 'MKSTREAM')
  if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
end
local prefix = ARGV[5] .. '/'
for _, other in ipairs(redis.call('HKEYS', members)) do
  if other ~= ARGV[2] and string.sub(other, 1, #prefix) == prefix then
    redis.call('HSET', members, other, 'replaced')
  end
end
redis.call('HSET', members, ARGV[2], ARGV[3])
ring('members')
return partitions
"""
)

# ARGV: group, consumer, connection, member. Names the member's present connection, also after it was taken for gone.
RENEW = (
    _WRITES_ALWAYS
    + """
local members = base .. ':members:' .. ARGV[1]
local state = redis.call('HGET', members, ARGV[2])
if state == 'left' or state == 'replaced' then return redis.error_reply('REPLACED ' .. state) end
local prefix = ARGV[4] .. '/'
for _, other in ipairs(redis.call('HKEYS', members)) do
  if other ~= ARGV[2] and string.sub(other, 1, #prefix) == prefix then
    if redis.call('HGET', members, other) ~= 'replaced' then return redis.error_reply('REPLACED by name') end
  end
end
redis.call('HSET', members, ARGV[2], ARGV[3])
return 1
"""
)

# ARGV: group, consumer. What it holds stays pending under its name until others take it over.
LEAVE = (
    _WRITES_ALWAYS
    + """
local members = base .. ':members:' .. ARGV[1]
if redis.call('HEXISTS', members, ARGV[2]) == 0 then return 0 end
local held = 0
for p = 0, partitions - 1 do
  local found = redis.pcall('XPENDING', base .. ':' .. p, ARGV[1], '-', '+', '1', ARGV[2])
  if not found.err then held = held + #found end
end
if held > 0 then
  redis.call('HSET', members, ARGV[2], 'left')
else
  for p = 0, partitions - 1 do redis.pcall('XGROUP', 'DELCONSUMER', base .. ':' .. p, ARGV[1], ARGV[2]) end
  redis.call('HDEL', members, ARGV[2])
end
ring('members')
return held
"""
)

# ARGV: group, consumer, most entries, first partition. Answers {last ring of the bell, {{partition, id, fields} ...}}:
# who then waits for a later ring misses nothing. Partitions take turns, so that a long one hides no other.
READ = (
    _WRITES_ALWAYS
    + _MEMBERSHIP
    + """
local bell = '0-0'
local rung = redis.call('XREVRANGE', base .. ':bell', '+', '-', 'COUNT', '1')
if #rung > 0 then bell = rung[1][1] end
local left, size, first, taken = tonumber(ARGV[3]), 0, tonumber(ARGV[4]), {}
local share = math.min(math.ceil(left / partitions), STEP)
local more = {}
for turn = 0, partitions - 1 do more[turn + 1] = (first + turn) % partitions end
while #more > 0 and left > 0 and size < ENOUGH do
  local again = {}
  for _, p in ipairs(more) do
    local wanted = math.min(left, share)
    if wanted == 0 or size >= ENOUGH then break end
    local got = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', wanted, 'STREAMS', base .. ':' .. p, '>')
    local entries = got and got[1][2] or {}
    for i = 1, #entries do
      taken[#taken + 1] = {p, entries[i][1], entries[i][2]}
      size = size + bytes_of(entries[i][2])
    end
    left = left - #entries
    if #entries == wanted then again[#again + 1] = p end
  end
  more = again
end
return {bell, taken}
"""
)

# ARGV: group, consumer, the member that is gone, its state as seen, most entries. Answers {{partition, id, fields,
# deliveries} ...}, and forgets the gone member once it holds nothing. Entries that are stored no more leave its list.
TAKE_OVER = (
    _WRITES_ALWAYS
    + _MEMBERSHIP
    + """
local gone = ARGV[3]
if redis.call('HGET', members, gone) ~= ARGV[4] then return {} end
local left, size, taken = tonumber(ARGV[5]), 0, {}
for p = 0, partitions - 1 do
  local stream = base .. ':' .. p
  while true do
    local held = redis.call('XPENDING', stream, ARGV[1], '-', '+', math.max(math.min(left, STEP), 1), gone)
    if #held == 0 then break end
    if left <= 0 or size >= ENOUGH then return taken end
    local ids, deliveries = {}, {}
    for i = 1, #held do
      ids[i] = held[i][1]
      deliveries[held[i][1]] = held[i][4]
    end
    local claimed = redis.call('XCLAIM', stream, ARGV[1], ARGV[2], '0', unpack(ids))
    for i = 1, #claimed do
      local id, fields = claimed[i][1], claimed[i][2]
      taken[#taken + 1] = {p, id, fields, deliveries[id] + 1}
      size = size + bytes_of(fields)
    end
    left = left - #claimed
  end
end
for p = 0, partitions - 1 do redis.call('XGROUP', 'DELCONSUMER', base .. ':' .. p, ARGV[1], gone) end
redis.call('HDEL', members, gone)
return taken
"""
)

# ARGV: group, consumer. Answers {{partition, id} ...} of all that it holds.
PENDING = (
    _WRITES_ALWAYS
    + _MEMBERSHIP
    + """
local held = {}
for p = 0, partitions - 1 do
  local from = '-'
  while true do
    local more = redis.call('XPENDING', base .. ':' .. p, ARGV[1], from, '+', '1000', ARGV[2])
    if #more == 0 then break end
    for i = 1, #more do held[#held + 1] = {p, more[i][1]} end
    from = '(' .. more[#more][1]
  end
end
return held
"""
)

# ARGV: group, consumer, then partition and id of entries that it holds. Answers {{partition, id, fields, deliveries}
# ...} of those that are still stored.
REDELIVER = (
    _WRITES_ALWAYS
    + _MEMBERSHIP
    + """
local taken, size = {}, 0
for at = 3, #ARGV, 2 do
  if size >= ENOUGH then break end
  local stream, id = base .. ':' .. ARGV[at], ARGV[at + 1]
  local held = redis.call('XPENDING', stream, ARGV[1], id, id, '1', ARGV[2])
  if #held > 0 then
    local claimed = redis.call('XCLAIM', stream, ARGV[1], ARGV[2], '0', id)
    if #claimed > 0 then
      taken[#taken + 1] = {tonumber(ARGV[at]), id, claimed[1][2], held[1][4] + 1}
      size = size + bytes_of(claimed[1][2])
    end
  end
end
return taken
"""
)

# ARGV: group. Answers entries not yet delivered + delivered and not acknowledged. The server's own count is nil when
# it cannot know (entries deleted by hand), then we count.
LAG = (
    _ONLY_READS
    + """
local sum = 0
for p = 0, partitions - 1 do
  local stream = base .. ':' .. p
  local found = nil
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if not groups.err then
    for i = 1, #groups do
      local info = {}
      for j = 1, #groups[i], 2 do info[groups[i][j]] = groups[i][j + 1] end
      if info['name'] == ARGV[1] then found = info end
    end
  end
  if not found then
    sum = sum + redis.call('XLEN', stream)
  else
    sum = sum + found['pending']
    if type(found['lag']) == 'number' then
      sum = sum + found['lag']
    else
      local from = '(' .. found['last-delivered-id']
      while true do
        local more = redis.call('XRANGE', stream, from, '+', 'COUNT', STEP)
        if #more == 0 then break end
        sum = sum + #more
        from = '(' .. more[#more][1]
      end
    end
  end
end
return sum
"""
)

# No ARGV. Answers the newest id of every partition.
ENDS = (
    _ONLY_READS
    + """
local ends = {}
for p = 0, partitions - 1 do
  local last = redis.call('XREVRANGE', base .. ':' .. p, '+', '-', 'COUNT', '1')
  ends[p + 1] = #last > 0 and last[1][1] or '0-0'
end
return ends
"""
)

# ARGV: partition, from, to. Answers {{partition, id, fields} ...}.
RANGE = (
    _ONLY_READS
    + """
local got = redis.call('XRANGE', base .. ':' .. ARGV[1], ARGV[2], ARGV[3], 'COUNT', STEP)
local taken = {}
for i = 1, #got do taken[i] = {tonumber(ARGV[1]), got[i][1], got[i][2]} end
return taken
"""
)

# ARGV: time in ms before which acknowledged entries go, most bytes of the topic (0 = no bound). Never trims what some
# group has not acknowledged. Above the bound the older half of the acknowledged time span goes until it fits.
TRIM = (
    _WRITES_ALWAYS
    + """
local function parse(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return {tonumber(ms), tonumber(seq)}
end
local function earlier(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end
local function text(id) return string.format('%.0f-%.0f', id[1], id[2]) end
local function needed_from(stream)
  local floor = nil
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local info = {}
    for j = 1, #group, 2 do info[group[j]] = group[j + 1] end
    local from = parse(info['last-delivered-id'])
    from[2] = from[2] + 1
    if info['pending'] > 0 then from = parse(redis.call('XPENDING', stream, info['name'])[2]) end
    if not floor or earlier(from, floor) then floor = from end
  end
  return floor or {math.huge, 0}
end
local trimmed = 0
for p = 0, partitions - 1 do
  local stream = base .. ':' .. p
  if redis.call('EXISTS', stream) == 1 then
    local floor, cut = needed_from(stream), {tonumber(ARGV[1]), 0}
    if earlier(floor, cut) then cut = floor end
    trimmed = trimmed + redis.call('XTRIM', stream, 'MINID', text(cut))
    local bound = tonumber(ARGV[2]) / partitions
    for step = 1, 12 do
      if bound == 0 or redis.call('MEMORY', 'USAGE', stream) <= bound then break end
      local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', '1')
      if #oldest == 0 then break end
      local from, to = parse(oldest[1][1]), floor
      if to[1] == math.huge then to = parse(redis.call('XREVRANGE', stream, '+', '-', 'COUNT', '1')[1][1]) end
      if not earlier(from, to) then break end
      local half = {from[1] + math.ceil((to[1] - from[1]) / 2), 0}
      if step == 12 or not earlier(half, to) then half = to end
      trimmed = trimmed + redis.call('XTRIM', stream, 'MINID', text(half))
    end
  end
end
return trimmed
"""
)
