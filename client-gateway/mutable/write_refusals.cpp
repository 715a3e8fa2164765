#include "client-gateway/mutable/write_refusals.h"

#include <algorithm>

namespace tarn::gateway {

void WriteRefusals::refused(const std::string& server, TimePoint now)
{
    Rest& rest = m_rests[server];
    if (rest.until > now) return; // by another file, just now
    rest.pause = std::clamp<Duration>(rest.pause * 2, kFirst, kLongest);
    rest.until = now + rest.pause;
}

bool WriteRefusals::rests(const std::string& server, TimePoint now) const
{
    const auto at = m_rests.find(server);
    return at != m_rests.end() && at->second.until > now;
}

} // namespace tarn::gateway
