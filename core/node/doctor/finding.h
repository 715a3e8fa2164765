// finding: what one check of `doctor` found, and what to do about it. Pure, any thread.
#pragma once

#include <string>
#include <vector>

namespace tarn::node::doctor {

enum class Outcome {
    Fine,
    Problem, ///< somebody has to do something
    Unknown, ///< it could not be found out, and that alone is no problem
};

struct Finding
{
    std::string check; ///< "disk space"
    Outcome outcome = Outcome::Unknown;
    std::string what; ///< one line
    std::string step; ///< what to do, one line; empty: nothing
};
using Findings = std::vector<Finding>;

Finding fine(std::string check, std::string what);
Finding problem(std::string check, std::string what, std::string step);
Finding unknown(std::string check, std::string what, std::string step);

/// Whether there is no problem.
bool allWell(const Findings& findings);

/// For people: a line for each finding, its step below it, and a last line that counts the
/// problems. Text of others is made harmless: printable ASCII.
std::string reportOf(const Findings& findings);
/// {"healthy": true, "checks": [{"check": .., "outcome": "fine", "what": .., "step": ..}]}
std::string jsonOf(const Findings& findings);

} // namespace tarn::node::doctor
