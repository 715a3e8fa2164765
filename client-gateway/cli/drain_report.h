// drain_report: what a server that is emptied has and nobody else: its list of shares
// (`tarn-storage drain list --json`) held against what the gateway's other servers say. Pure.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace tarn::gateway::cli {

/// What the server has of one storage index.
struct DrainedIndex
{
    std::string index; ///< base32
    std::string kind;  ///< "immutable", "mutable", "unknown"
    std::set<std::uint32_t> shares;
    std::uint64_t bytes = 0; ///< of their files
    std::set<std::string> accounts;
};

/// The list, line by line: its head {"server": ID}, a share per line in the order of their indexes,
/// its end {"end": true, "shares": how many}.
class DrainList
{
public:
    using OnIndex = std::function<Result<void>(DrainedIndex)>;
    explicit DrainList(OnIndex onIndex) : m_onIndex(std::move(onIndex)) {}

    /// \return what onIndex returns.  InvalidInput: no line of such a list.
    Result<void> take(std::string_view line);
    /// Behind the last line. InvalidInput: the list was cut off.
    Result<void> finish();
    /// Whose list it is; empty until its head was there.
    const std::string& server() const { return m_server; }

private:
    Result<void> giveBegun();

    OnIndex m_onIndex;
    std::string m_server;
    DrainedIndex m_begun;
    std::uint64_t m_shares = 0;
    bool m_ended = false;
};

/// What POST /holders is asked, with the line break.
std::string holdersQuestion(const DrainedIndex& drained);

enum class Whereabouts {
    Elsewhere,    ///< others have all its shares
    SomeOnlyHere, ///< others have some shares of the index, but not all of these
    OnlyHere,     ///< nobody else has any
    Unsure,       ///< not seen elsewhere, and not everybody answered
};

struct DrainVerdict
{
    Whereabouts where = Whereabouts::Unsure;
    std::set<std::uint32_t> onlyHere; ///< share numbers that no other server has
    std::size_t elsewhere = 0;        ///< different shares of the index on others
    std::size_t silent = 0;           ///< servers that did not answer
};

/// \param answerLine  of POST /holders.  \param except  ids of the server itself.
/// \return PeerMisbehaved: not the answer to that question.
Result<DrainVerdict> judgeDrained(const DrainedIndex& drained, std::string_view answerLine,
                                  const std::set<std::string>& except);

/// A line: verdict, index, kind, shares only here, shares elsewhere, silent servers, accounts; tabs
/// between.
std::string verdictLine(const DrainedIndex& drained, const DrainVerdict& verdict);
/// The same as a JSON object and a line break.
std::string verdictJson(const DrainedIndex& drained, const DrainVerdict& verdict);

struct DrainTotals
{
    std::uint64_t indexes = 0;
    std::uint64_t elsewhere = 0;
    std::uint64_t someOnlyHere = 0;
    std::uint64_t onlyHere = 0;
    std::uint64_t unsure = 0;
    std::uint64_t bytesOnlyHere = 0; ///< of the indexes that are not elsewhere

    void add(const DrainedIndex& drained, const DrainVerdict& verdict);
    bool allElsewhere() const { return elsewhere == indexes; }
};
/// For people, a line.
std::string totalsLine(const DrainTotals& totals);
std::string totalsJson(const DrainTotals& totals);

} // namespace tarn::gateway::cli
