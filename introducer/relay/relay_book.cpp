#include "introducer/relay/relay_book.h"

#include <nlohmann/json.hpp>

#include <array>
#include <ctime>

namespace tarn::relay {

namespace {

using Json = nlohmann::json;

std::string monthOf(WallTime now)
{
    const std::time_t seconds = unixSeconds(now);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%Y-%m", &parts);
    return text.data();
}

Error full(const std::string& what)
{
    return Error(ErrorCode::NoSpace, "this relay carries no more: " + what);
}

} // namespace

void RelayBook::turnMonth(WallTime now)
{
    std::string month = monthOf(now);
    if (month == m_month) return;
    m_month = std::move(month);
    m_bytes = 0;
    m_sources.clear();
    ++m_version;
}

Result<void> RelayBook::monthLeft(const RelaySource& source, WallTime now)
{
    turnMonth(now);
    if (m_limits.monthBytes && m_bytes >= *m_limits.monthBytes)
        return full("its bytes of this month are used up");
    const auto at = m_sources.find(source.name);
    const std::uint64_t used = at == m_sources.end() ? 0 : at->second;
    if (m_limits.sourceMonthBytes && used >= *m_limits.sourceMonthBytes)
        return full("the bytes of this month that one node has here are used up");
    return ok();
}

Result<void> RelayBook::begin(const RelaySource& source, WallTime now)
{
    const auto refuse = [this](const Error& why) {
        ++m_counts.refused;
        return Result<void>(why);
    };
    if (const Result<void> left = monthLeft(source, now); !left) return refuse(left.error());
    if (m_streams >= m_limits.streams) return refuse(full("too many connections at once"));
    if (source.guest && m_guests >= m_limits.guestStreams)
        return refuse(full("too many guests at once"));
    const auto at = m_open.find(source.name);
    if (at != m_open.end() && at->second >= m_limits.sourceStreams)
        return refuse(full("too many connections of one node at once"));
    ++m_open[source.name];
    ++m_streams;
    m_guests += source.guest ? 1 : 0;
    ++m_counts.sessions;
    return ok();
}

void RelayBook::end(const RelaySource& source)
{
    const auto at = m_open.find(source.name);
    if (at == m_open.end()) return;
    if (--at->second == 0) m_open.erase(at);
    --m_streams;
    m_guests -= source.guest ? 1 : 0;
}

Result<void> RelayBook::carried(const RelaySource& source, std::uint64_t bytes,
                                std::uint64_t session, WallTime now)
{
    turnMonth(now);
    ++m_version;
    m_bytes += bytes;
    m_counts.bytes += bytes;
    if (m_sources.size() < kMostSources || m_sources.contains(source.name))
        m_sources[source.name] += bytes;
    Result<void> out = monthLeft(source, now);
    if (out && source.guest && session >= m_limits.guestBytes)
        out = full("a guest's connection is only for joining");
    if (out && m_limits.sessionBytes && session >= *m_limits.sessionBytes)
        out = full("the bytes that one connection may carry are used up");
    m_counts.cut += out ? 0 : 1;
    return out;
}

std::uint64_t RelayBook::monthBytes(WallTime now) const
{
    return monthOf(now) == m_month ? m_bytes : 0;
}

std::string RelayBook::encode() const
{
    const Json out = {{"month", m_month}, {"bytes", m_bytes}, {"sources", m_sources}};
    return out.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

Result<void> RelayBook::decode(std::string_view text)
{
    const Error bad(ErrorCode::InvalidInput,
                    "relay usage: expected {\"month\", \"bytes\", \"sources\"}");
    const Json in = Json::parse(text, nullptr, false);
    if (!in.is_object() || !in.contains("month") || !in["month"].is_string() ||
        !in.contains("bytes") || !in["bytes"].is_number_unsigned() || !in.contains("sources") ||
        !in["sources"].is_object() || in["sources"].size() > kMostSources)
        return bad;
    std::map<std::string, std::uint64_t> sources;
    for (const auto& [name, bytes] : in["sources"].items()) {
        if (!bytes.is_number_unsigned()) return bad;
        sources[name] = bytes.get<std::uint64_t>();
    }
    m_month = in["month"].get<std::string>();
    m_bytes = in["bytes"].get<std::uint64_t>();
    m_sources = std::move(sources);
    return ok();
}

} // namespace tarn::relay
