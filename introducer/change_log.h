// change_log: in which order records came, so that a subscriber is told only what it does not
// know. Its place in that order is its cursor, which means nothing to another start of this daemon.
// Pure.
#pragma once

#include "core/gossip/record_set.h"

#include <map>
#include <string>
#include <string_view>

namespace tarn::introducer {

class ChangeLog
{
public:
    /// \param start  of this start of the daemon; at random, letters and digits.
    explicit ChangeLog(std::string start) : m_start(std::move(start)) {}

    void add(const gossip::RecordPtr& record);
    void remove(const gossip::RecordPtr& record);

    /// The latest cursor.
    std::string cursor() const;
    /// True when something came after `cursor`; one that is not understood is the beginning.
    bool hasNewsSince(std::string_view cursor) const;
    struct Page
    {
        std::vector<gossip::RecordPtr> records;
        std::string cursor; ///< behind the last one
        bool more = false;
    };
    /// What came after `cursor`, as far as it fits into `bytes`, one record at least.
    Page since(std::string_view cursor, std::size_t bytes) const;

private:
    std::uint64_t numberOf(std::string_view cursor) const;
    std::string cursorAt(std::uint64_t number) const;

    std::string m_start;
    std::uint64_t m_last = 0;
    std::map<std::uint64_t, gossip::RecordPtr> m_records; ///< by number
    std::map<std::uint64_t, std::uint64_t> m_numbers;     ///< slot to number
};

} // namespace tarn::introducer
