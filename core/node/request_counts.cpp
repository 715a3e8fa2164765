#include "core/node/request_counts.h"

#include <string>

namespace tarn::node {

std::uint64_t RequestCounts::of(std::string_view endpoint, unsigned code) const
{
    const auto at = m_counts.find({endpoint, code});
    return at == m_counts.end() ? 0 : at->second;
}

void RequestCounts::writeTo(OpenMetrics& out, std::string_view name) const
{
    out.family(name, "counter", "Requests by endpoint and code of the answer.");
    const std::string sample = std::string(name) + "_total";
    for (const auto& [key, count] : m_counts) {
        const auto& [endpoint, code] = key;
        const std::string text = code == 0 ? "none" : std::to_string(code);
        out.sample(sample, {{"endpoint", endpoint}, {"code", text}}, count);
    }
}

} // namespace tarn::node
