// request_counts: how many requests came for what, and how they were answered, for GET /metrics.
// Engine thread.
#pragma once

#include "core/node/open_metrics.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace tarn::node {

class RequestCounts
{
public:
    /// \param endpoint  a literal.  \param code  HTTP status; 0: ended without an answer.
    void add(std::string_view endpoint, unsigned code) { ++m_counts[{endpoint, code}]; }
    std::uint64_t of(std::string_view endpoint, unsigned code) const;
    /// A counter with the labels `endpoint` and `code`; code "none": ended without an answer.
    /// \param name  of the family.
    void writeTo(OpenMetrics& out, std::string_view name) const;

private:
    std::map<std::pair<std::string_view, unsigned>, std::uint64_t> m_counts;
};

/// Counts one request when it goes, or when it is settled before.
class CountedRequest
{
public:
    CountedRequest(RequestCounts& counts, std::string_view theEndpoint)
        : endpoint(theEndpoint), m_counts(counts)
    {
    }
    ~CountedRequest()
    {
        if (!m_settled) m_counts.add(endpoint, code);
    }
    /// Whatever comes of it still, it was answered with this.
    void settle(unsigned finalCode)
    {
        if (!m_settled) m_counts.add(endpoint, finalCode);
        m_settled = true;
    }
    CountedRequest(const CountedRequest&) = delete;
    CountedRequest& operator=(const CountedRequest&) = delete;

    std::string_view endpoint; ///< a literal
    unsigned code = 0;         ///< of its answer, once there is one

private:
    RequestCounts& m_counts;
    bool m_settled = false;
};

} // namespace tarn::node
