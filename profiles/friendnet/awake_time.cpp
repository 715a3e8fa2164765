#include "profiles/friendnet/awake_time.h"

#include <algorithm>
#include <charconv>

namespace tarn::profiles {

namespace {

std::optional<WallTime> timeOf(std::string_view text)
{
    constexpr std::int64_t kLast = 1LL << 33U; // in nanoseconds it fits
    std::int64_t out = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (out < 0 || out > kLast) return std::nullopt;
    return WallTime(std::chrono::seconds(out));
}

} // namespace

void AwakeTime::note(WallTime now)
{
    // A clock that was set back: what is later than now has not been.
    std::erase_if(m_spans, [now](const Span& span) { return span.begin > now; });
    if (!m_spans.empty() && m_spans.back().end > now) m_spans.back().end = now;
    const bool goesOn = !m_spans.empty() && now - m_spans.back().end <= kLongestGap;
    if (!goesOn) m_spans.push_back({now, now});
    m_spans.back().end = now;
    if (m_spans.size() > kMostSpans) m_spans.erase(m_spans.begin());
}

std::optional<WallTime> AwakeTime::waitedSince(Duration patience, WallTime now) const
{
    if (m_spans.empty() || now - m_spans.back().end > kLongestGap) return std::nullopt;
    if (now - m_spans.back().begin < kGrace) return std::nullopt;
    for (auto span = m_spans.rbegin(); span != m_spans.rend(); ++span) {
        const Duration length = span->end - span->begin;
        if (length >= patience) return span->end - patience;
        patience -= length;
    }
    return std::nullopt;
}

std::string AwakeTime::text() const
{
    std::string out;
    for (const Span& span : m_spans)
        out += std::to_string(unixSeconds(span.begin)) + " " +
               std::to_string(unixSeconds(span.end)) + "\n";
    return out;
}

AwakeTime AwakeTime::parse(std::string_view text)
{
    AwakeTime out;
    while (!text.empty() && out.m_spans.size() < kMostSpans) {
        const std::size_t newline = text.find('\n');
        const std::string_view line = text.substr(0, newline);
        text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos) continue;
        const std::optional<WallTime> from = timeOf(line.substr(0, space));
        const std::optional<WallTime> to = timeOf(line.substr(space + 1));
        if (!from || !to || *to < *from) continue;
        if (!out.m_spans.empty() && *from < out.m_spans.back().end) continue;
        out.m_spans.push_back({*from, *to});
    }
    return out;
}

} // namespace tarn::profiles
