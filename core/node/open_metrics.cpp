#include "core/node/open_metrics.h"

#include <cstdio>

namespace tarn::node {

namespace {

std::string numberText(double value)
{
    char text[32];
    std::snprintf(text, sizeof(text), "%.9g", value);
    return text;
}

std::string labelText(std::string_view label, std::string_view value)
{
    return std::string(label) + "=\"" + std::string(value) + "\"";
}

} // namespace

void OpenMetrics::family(std::string_view name, std::string_view type, std::string_view help)
{
    m_text += "# TYPE " + std::string(name) + " " + std::string(type) + "\n# HELP " +
              std::string(name) + " " + std::string(help) + "\n";
}

void OpenMetrics::sample(std::string_view name, std::uint64_t value)
{
    line(std::string(name), std::to_string(value));
}

void OpenMetrics::sample(std::string_view name, std::string_view label, std::string_view value,
                         std::uint64_t number)
{
    line(std::string(name) + "{" + labelText(label, value) + "}", std::to_string(number));
}

void OpenMetrics::sample(std::string_view name, std::initializer_list<Label> labels,
                         std::uint64_t number)
{
    std::string text(name);
    char before = '{';
    for (const Label& label : labels) {
        text.push_back(before);
        text.append(labelText(label.name, label.value));
        before = ',';
    }
    line(text + "}", std::to_string(number));
}

void OpenMetrics::gauge(std::string_view name, std::string_view help, std::uint64_t value)
{
    family(name, "gauge", help);
    sample(name, value);
}

void OpenMetrics::counter(std::string_view name, std::string_view help, std::uint64_t value)
{
    family(name, "counter", help);
    sample(std::string(name) + "_total", value);
}

void OpenMetrics::histogram(std::string_view name, std::string_view label, std::string_view value,
                            std::span<const double> bounds, std::span<const std::uint64_t> counts,
                            double sum)
{
    const std::string base(name);
    const std::string of = labelText(label, value);
    std::uint64_t upTo = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        upTo += counts[i];
        const std::string bound = i < bounds.size() ? numberText(bounds[i]) : "+Inf";
        line(base + "_bucket{" + of + "," + labelText("le", bound) + "}", std::to_string(upTo));
    }
    line(base + "_count{" + of + "}", std::to_string(upTo));
    line(base + "_sum{" + of + "}", numberText(sum));
}

void OpenMetrics::line(const std::string& what, const std::string& value)
{
    m_text += what + " " + value + "\n";
}

} // namespace tarn::node
