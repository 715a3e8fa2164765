#include "storage-server/scrub_record.h"

#include "core/codec/base32.h"
#include "storage-server/store_paths.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::storage {

namespace {

using nlohmann::json;

constexpr int kVersion = 1;

json countText(const ScrubCount& count)
{
    return {{"bytes", count.bytes}, {"shares", count.shares}};
}

// What follows throws json::exception where the text is not as expected.

StorageIndex indexOf(const json& value)
{
    const Result<Bytes> bytes = codec::decodeBase32(value.get<std::string>());
    const Result<StorageIndex> index =
        bytes ? StorageIndex::from(*bytes) : Result<StorageIndex>(bytes.error());
    if (!index) throw json::other_error::create(600, "no storage index", nullptr);
    return *index;
}

/// A number with a fraction, however large, would be converted without a look at its range.
template <class T>
T wholeOf(const json& value)
{
    if (!value.is_number_integer()) throw json::other_error::create(603, "number", nullptr);
    return value.get<T>();
}

std::optional<std::int64_t> timeOf(const json& value)
{
    if (value.is_null()) return std::nullopt;
    return wholeOf<std::int64_t>(value);
}

ScrubCount countOf(const json& value)
{
    ScrubCount out;
    out.bytes = wholeOf<std::uint64_t>(value.at("bytes"));
    for (const json& count : value.at("shares"))
        wholeOf<std::uint64_t>(count);
    out.shares = value.at("shares").get<decltype(out.shares)>();
    return out;
}

ScrubFinding findingOf(const json& value)
{
    const std::optional<AuditState> state = auditStateCalled(value.at("state").get<std::string>());
    if (!state) throw json::other_error::create(601, "no state", nullptr);
    ScrubFinding out;
    out.outcome = {*state, value.at("why").get<std::string>()};
    out.firstSeen = wholeOf<std::int64_t>(value.at("first_seen"));
    out.lastSeen = wholeOf<std::int64_t>(value.at("last_seen"));
    out.inThisRound = value.at("in_this_round").get<bool>();
    return out;
}

ScrubRecord recordOf(const json& value)
{
    if (value.at("version") != kVersion) throw json::other_error::create(602, "version", nullptr);
    ScrubRecord out;
    out.began = timeOf(value.at("began"));
    out.underWay = value.at("under_way").get<bool>();
    if (!value.at("after").is_null()) out.after = indexOf(value.at("after"));
    out.present = countOf(value.at("present"));
    out.last = countOf(value.at("last"));
    out.ended = timeOf(value.at("ended"));
    for (const json& one : value.at("findings")) {
        if (out.findings.size() == ScrubRecord::kMostFindings) break;
        const ShareNumber share{wholeOf<std::uint32_t>(one.at("share"))};
        out.findings[{indexOf(one.at("storage_index")), share}] = findingOf(one);
    }
    return out;
}

template <class T>
json orNull(const std::optional<T>& value)
{
    return value ? json(*value) : json();
}

} // namespace

std::uint64_t ScrubCount::allShares() const
{
    std::uint64_t sum = 0;
    for (const std::uint64_t count : shares)
        sum += count;
    return sum - of(AuditState::Gone);
}

void ScrubRecord::begin(std::int64_t now)
{
    began = now;
    underWay = true;
    after.reset();
    present = ScrubCount();
    for (auto& [share, finding] : findings)
        finding.inThisRound = false;
}

bool ScrubRecord::note(const Key& share, const AuditOutcome& outcome, std::int64_t now)
{
    ++present.shares[static_cast<std::size_t>(outcome.state)];
    const auto known = findings.find(share);
    if (outcome.state == AuditState::Sound || outcome.state == AuditState::Gone) {
        if (known != findings.end()) findings.erase(known);
        return false;
    }
    if (known == findings.end()) {
        if (findings.size() < kMostFindings) findings[share] = {outcome, now, now, true};
        return true;
    }
    const bool news = known->second.outcome.state != outcome.state;
    known->second.outcome = outcome;
    known->second.lastSeen = now;
    known->second.inThisRound = true;
    return news;
}

void ScrubRecord::end(std::int64_t now)
{
    std::erase_if(findings, [](const auto& one) { return !one.second.inThisRound; });
    last = present;
    present = ScrubCount();
    ended = now;
    underWay = false;
    after.reset();
}

std::uint64_t ScrubRecord::found(AuditState state) const
{
    const auto of = [state](const auto& one) { return one.second.outcome.state == state; };
    return static_cast<std::uint64_t>(std::count_if(findings.begin(), findings.end(), of));
}

json jsonOf(const ScrubCount& count)
{
    return {{"bytes", count.bytes},
            {"shares", count.allShares()},
            {"damaged", count.of(AuditState::Damaged)},
            {"unreadable", count.of(AuditState::Unreadable)},
            {"unknown", count.of(AuditState::Unknown)}};
}

json findingsJson(const ScrubRecord& record)
{
    json out = json::array();
    for (const auto& [share, finding] : record.findings)
        out.push_back({{"storage_index", nameOf(share.first)},
                       {"share", share.second.value},
                       {"state", nameOf(finding.outcome.state)},
                       {"why", finding.outcome.why},
                       {"first_seen", finding.firstSeen},
                       {"last_seen", finding.lastSeen},
                       {"in_this_round", finding.inThisRound}});
    return out;
}

std::string ScrubRecord::text() const
{
    json out;
    out["version"] = kVersion;
    out["began"] = orNull(began);
    out["under_way"] = underWay;
    out["after"] = after ? json(nameOf(*after)) : json();
    out["present"] = countText(present);
    out["last"] = countText(last);
    out["ended"] = orNull(ended);
    out["findings"] = findingsJson(*this);
    return out.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<ScrubRecord> ScrubRecord::parse(std::string_view text)
{
    try {
        return recordOf(json::parse(text));
    } catch (const json::exception&) {
        return Error(ErrorCode::Corrupt, "not a record of the scrub");
    }
}

} // namespace tarn::storage
