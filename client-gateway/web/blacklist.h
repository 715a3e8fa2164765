// blacklist: objects that this gateway does not touch, from access.blacklist.
// Source: spec 08 section 9; allmydata.blacklist.
//   line = storage index in base32, blanks, reason;  "#" begins a comment line
#pragma once

#include "core/base/clock.h"
#include "core/base/executor.h"
#include "core/cap/cap.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// Storage index in base32 -> reason.
using Prohibitions = std::map<std::string, std::string>;

/// Pure. \return InvalidInput naming the line.
Result<Prohibitions> parseBlacklist(std::string_view text);

/// Engine thread.
class Blacklist
{
public:
    Blacklist(std::string path, Clock& clock, WorkPool& disk);

    /// Reads the file again where it has changed; looks at most once a second. A file that is
    /// missing prohibits nothing; of one that cannot be read or understood the last good content
    /// stays in force, with an error in the log. Until there is one, everything is prohibited.
    asio::awaitable<void> refresh();

    /// \return Unauthorized "Access Prohibited: reason".
    Result<void> check(const cap::Cap& file) const;
    Result<void> checkText(std::string_view cap) const;
    /// \param storageIndex  in base32.
    bool names(const std::string& storageIndex) const
    {
        return m_entries && m_entries->contains(storageIndex);
    }

private:
    std::string m_path;
    Clock& m_clock;
    WorkPool& m_disk;
    std::optional<TimePoint> m_looked;
    std::string m_text;
    std::optional<Prohibitions> m_entries;                        ///< none: never understood
    std::string m_problem = "access.blacklist has not been read"; ///< the latest
};

} // namespace tarn::gateway::web
