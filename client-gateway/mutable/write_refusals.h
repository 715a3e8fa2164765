// write_refusals: servers that did not take what they were to have of mutable files, and how long
// no file is written anew for their sake.
#pragma once

#include "core/base/clock.h"

#include <map>
#include <string>

namespace tarn::gateway {

/// Engine thread. By server id.
class WriteRefusals
{
public:
    /// Doubled each time.
    static constexpr Duration kFirst = std::chrono::hours(1);
    static constexpr Duration kLongest = std::chrono::hours(24);

    void refused(const std::string& server, TimePoint now);
    void took(const std::string& server) { m_rests.erase(server); }
    bool rests(const std::string& server, TimePoint now) const;

private:
    struct Rest
    {
        TimePoint until{};
        Duration pause{};
    };
    std::map<std::string, Rest> m_rests;
};

} // namespace tarn::gateway
