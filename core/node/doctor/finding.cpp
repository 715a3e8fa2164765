#include "core/node/doctor/finding.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::node::doctor {

namespace {

std::string_view nameOf(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Fine:
        return "fine";
    case Outcome::Problem:
        return "problem";
    case Outcome::Unknown:
        break;
    }
    return "unknown";
}

std::string harmless(std::string_view text)
{
    std::string out(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

std::string padded(std::string text, std::size_t width)
{
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string lineOf(const Finding& finding)
{
    constexpr std::size_t kOutcomeWidth = 9;
    constexpr std::size_t kCheckWidth = 16;
    std::string out = padded(std::string(nameOf(finding.outcome)), kOutcomeWidth) +
                      padded(harmless(finding.check) + ":", kCheckWidth) + " " +
                      harmless(finding.what) + "\n";
    if (!finding.step.empty())
        out += std::string(kOutcomeWidth, ' ') + "-> " + harmless(finding.step) + "\n";
    return out;
}

std::size_t problemsIn(const Findings& findings)
{
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [](const Finding& one) { return one.outcome == Outcome::Problem; }));
}

} // namespace

Finding fine(std::string check, std::string what)
{
    return Finding{std::move(check), Outcome::Fine, std::move(what), std::string()};
}

Finding problem(std::string check, std::string what, std::string step)
{
    return Finding{std::move(check), Outcome::Problem, std::move(what), std::move(step)};
}

Finding unknown(std::string check, std::string what, std::string step)
{
    return Finding{std::move(check), Outcome::Unknown, std::move(what), std::move(step)};
}

bool allWell(const Findings& findings)
{
    return problemsIn(findings) == 0;
}

std::string reportOf(const Findings& findings)
{
    std::string out;
    for (const Finding& finding : findings)
        out += lineOf(finding);
    const std::size_t problems = problemsIn(findings);
    if (problems == 0) return out + "no problems\n";
    return out + std::to_string(problems) + (problems == 1 ? " problem\n" : " problems\n");
}

std::string jsonOf(const Findings& findings)
{
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const Finding& finding : findings) {
        nlohmann::ordered_json one;
        one["check"] = harmless(finding.check);
        one["outcome"] = nameOf(finding.outcome);
        one["what"] = harmless(finding.what);
        one["step"] = harmless(finding.step);
        checks.push_back(std::move(one));
    }
    nlohmann::ordered_json out;
    out["healthy"] = allWell(findings);
    out["checks"] = std::move(checks);
    return out.dump(2) + "\n";
}

} // namespace tarn::node::doctor
