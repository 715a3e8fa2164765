// outbox_queue: which file each member's lane looks at next. All lanes share one order of the files
// that wait; each remembers how far it has come. No lane looks at all files for one that is new.
// Engine thread. Pure.
#pragma once

#include "core/base/clock.h"
#include "core/base/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tarn::profiles {

class OutboxQueue
{
public:
    /// A file waits, or more of it than before: lanes that have passed it look again.
    void add(const StorageIndex& index, WallTime since);
    void remove(const StorageIndex& index);

    /// The member's lane looks at all files, from the first one that came.
    void begin(const std::string& member);
    /// The member is gone.
    void drop(const std::string& member) { m_lanes.erase(member); }
    /// Its lane looks at that file once more. \pre begin(member)
    void again(const std::string& member, const StorageIndex& index);
    /// The same, after all others.
    void later(const std::string& member, const StorageIndex& index);
    /// What the member's lane looks at now, and then no more; nothing: it is through.
    std::optional<StorageIndex> next(const std::string& member);
    bool hasNext(const std::string& member) const;

    /// Files that have waited since `from` (not included) to `to`.
    std::vector<StorageIndex> since(std::optional<WallTime> from, WallTime to) const;
    /// The ones that have waited for longest, oldest first.
    std::vector<StorageIndex> oldest(std::size_t most) const;

private:
    using Number = std::uint64_t;
    struct Entry
    {
        Number number = 0;
        WallTime since{};
    };
    struct Lane
    {
        Number passed = 0; ///< those before were looked at
        std::set<Number> again;
        std::set<Number> later;
    };
    std::optional<Number> nextOf(const Lane& lane) const;

    Number m_next = 0;
    std::map<StorageIndex, Entry> m_entries;
    std::map<Number, StorageIndex> m_order;
    std::set<std::pair<WallTime, StorageIndex>> m_byAge;
    std::map<std::string, Lane> m_lanes;
};

} // namespace tarn::profiles
