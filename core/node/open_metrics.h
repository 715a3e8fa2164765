// open_metrics: figures as OpenMetrics text, one family after the other, for GET /metrics. Pure.
// Source: OpenMetrics 1.0 (the text format).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace tarn::node {

inline constexpr const char* kOpenMetricsType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

class OpenMetrics
{
public:
    /// Begins a family. \param type  "counter", "gauge" or "histogram"; the samples of a counter
    /// end in "_total".  \param help  one line, a sentence.
    void family(std::string_view name, std::string_view type, std::string_view help);
    void sample(std::string_view name, std::uint64_t value);
    /// \param value  of the label, of the characters that need no escape.
    void sample(std::string_view name, std::string_view label, std::string_view value,
                std::uint64_t number);

    struct Label
    {
        std::string_view name;
        std::string_view value; ///< of the characters that need no escape
    };
    /// Of several labels, at least one.
    void sample(std::string_view name, std::initializer_list<Label> labels, std::uint64_t number);

    /// A family of one sample.
    void gauge(std::string_view name, std::string_view help, std::uint64_t value);
    /// \param name  without "_total".
    void counter(std::string_view name, std::string_view help, std::uint64_t value);

    /// The samples of a histogram with one label.
    /// \param bounds  ascending.  \param counts  of each bound, and one more: not added up.
    void histogram(std::string_view name, std::string_view label, std::string_view value,
                   std::span<const double> bounds, std::span<const std::uint64_t> counts,
                   double sum);

    std::string finish() && { return std::move(m_text) + "# EOF\n"; }

private:
    void line(const std::string& what, const std::string& value);

    std::string m_text;
};

} // namespace tarn::node
