#include "introducer/change_log.h"

#include <charconv>

namespace tarn::introducer {

void ChangeLog::add(const gossip::RecordPtr& record)
{
    remove(record);
    ++m_last;
    m_records[m_last] = record;
    m_numbers[record->name().slot] = m_last;
}

void ChangeLog::remove(const gossip::RecordPtr& record)
{
    const auto at = m_numbers.find(record->name().slot);
    if (at == m_numbers.end()) return;
    m_records.erase(at->second);
    m_numbers.erase(at);
}

std::string ChangeLog::cursorAt(std::uint64_t number) const
{
    return m_start + "-" + std::to_string(number);
}

std::string ChangeLog::cursor() const
{
    return cursorAt(m_last);
}

std::uint64_t ChangeLog::numberOf(std::string_view cursor) const
{
    const std::size_t dash = cursor.rfind('-');
    if (dash == std::string_view::npos || cursor.substr(0, dash) != m_start) return 0;
    const std::string_view text = cursor.substr(dash + 1);
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size() || out > m_last) return 0;
    return out;
}

bool ChangeLog::hasNewsSince(std::string_view cursor) const
{
    return m_records.upper_bound(numberOf(cursor)) != m_records.end();
}

ChangeLog::Page ChangeLog::since(std::string_view cursor, std::size_t bytes) const
{
    Page out;
    std::uint64_t last = m_last;
    std::size_t size = 0;
    for (auto at = m_records.upper_bound(numberOf(cursor)); at != m_records.end(); ++at) {
        size += at->second->wireSize();
        if (size > bytes && !out.records.empty()) {
            out.more = true;
            break;
        }
        out.records.push_back(at->second);
        last = at->first;
    }
    out.cursor = cursorAt(out.more ? last : m_last);
    return out;
}

} // namespace tarn::introducer
