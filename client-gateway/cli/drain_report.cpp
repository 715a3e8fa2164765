#include "client-gateway/cli/drain_report.h"

#include "client-gateway/cli/printable.h"
#include "core/base/ids.h"
#include "core/base/quantity.h"
#include "core/codec/base32.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace tarn::gateway::cli {

namespace {

using nlohmann::json;

constexpr std::uint32_t kMostShares = 256;

Error noList()
{
    return Error(ErrorCode::InvalidInput,
                 "expected the output of `tarn-storage drain list --json`");
}

Error cutOff()
{
    return Error(ErrorCode::InvalidInput,
                 "the list is not whole: have `tarn-storage drain list --json` write it again");
}

// What follows throws json::exception where the value is not as expected.

std::uint64_t numberOf(const json& value)
{
    if (!value.is_number_unsigned()) throw json::other_error::create(502, "no number", &value);
    return value.get<std::uint64_t>();
}

std::uint32_t shareNumberOf(const json& value)
{
    const std::uint64_t number = numberOf(value);
    if (number >= kMostShares) throw json::other_error::create(501, "no share number", &value);
    return static_cast<std::uint32_t>(number);
}

std::string indexOf(const json& value)
{
    auto text = value.get<std::string>();
    const Result<Bytes> bytes = codec::decodeBase32(text);
    if (!bytes || !StorageIndex::from(*bytes))
        throw json::other_error::create(503, "no storage index", &value);
    return text;
}

const json& listOf(const json& value)
{
    if (!value.is_array()) throw json::other_error::create(504, "no list", &value);
    return value;
}

std::string_view nameOf(Whereabouts where)
{
    switch (where) {
    case Whereabouts::Elsewhere:
        return "elsewhere";
    case Whereabouts::SomeOnlyHere:
        return "some-only-here";
    case Whereabouts::OnlyHere:
        return "only-here";
    case Whereabouts::Unsure:
        break;
    }
    return "unsure";
}

template <class T, class ToText>
std::string joined(const std::set<T>& values, const ToText& toText)
{
    std::string out;
    for (const T& one : values)
        out += (out.empty() ? "" : ",") + toText(one);
    return out.empty() ? "-" : out;
}

std::string print(const json& value)
{
    return value.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

} // namespace

Result<void> DrainList::take(std::string_view line)
{
    const json value = json::parse(line, nullptr, false);
    if (!value.is_object() || m_ended) return noList();
    try {
        if (value.contains("end")) {
            m_ended = value.at("end").get<bool>() && numberOf(value.at("shares")) == m_shares;
            if (!m_ended) return cutOff();
            return giveBegun();
        }
        if (value.contains("server")) {
            m_server = value.at("server").get<std::string>();
            return ok();
        }
        const std::string index = indexOf(value.at("storage_index"));
        const std::uint32_t share = shareNumberOf(value.at("share"));
        const std::uint64_t bytes = numberOf(value.at("bytes"));
        const auto accounts = value.at("accounts").get<std::set<std::string>>();
        const auto kind = value.at("kind").get<std::string>();
        if (index != m_begun.index) {
            TARN_TRY_VOID(giveBegun());
            m_begun.index = index;
            m_begun.kind = kind;
        }
        m_begun.shares.insert(share);
        ++m_shares;
        m_begun.bytes += bytes;
        m_begun.accounts.insert(accounts.begin(), accounts.end());
        return ok();
    } catch (const json::exception&) {
        return noList();
    }
}

Result<void> DrainList::finish()
{
    if (!m_ended) return cutOff();
    return ok();
}

Result<void> DrainList::giveBegun()
{
    DrainedIndex whole = std::exchange(m_begun, {});
    if (whole.index.empty()) return ok();
    return m_onIndex(std::move(whole));
}

std::string holdersQuestion(const DrainedIndex& drained)
{
    return print(json{{"storage_index", drained.index}, {"kind", drained.kind}});
}

Result<DrainVerdict> judgeDrained(const DrainedIndex& drained, std::string_view answerLine,
                                  const std::set<std::string>& except)
{
    try {
        const json answer = json::parse(answerLine);
        if (answer.at("storage_index") != drained.index)
            return Error(ErrorCode::PeerMisbehaved, "the gateway answered another question");
        DrainVerdict out;
        std::set<std::uint32_t> seen;
        for (const auto& [id, shares] : answer.at("holders").items()) {
            if (except.contains(id)) continue;
            for (const json& share : listOf(shares))
                seen.insert(shareNumberOf(share));
        }
        for (const auto& [id, why] : answer.at("silent").items())
            if (!except.contains(id)) ++out.silent;
        for (const std::uint32_t share : drained.shares)
            if (!seen.contains(share)) out.onlyHere.insert(share);
        out.elsewhere = seen.size();
        if (out.onlyHere.empty())
            out.where = Whereabouts::Elsewhere;
        else if (out.silent > 0)
            out.where = Whereabouts::Unsure;
        else
            out.where = seen.empty() ? Whereabouts::OnlyHere : Whereabouts::SomeOnlyHere;
        return out;
    } catch (const json::exception&) {
        return Error(ErrorCode::PeerMisbehaved, "the gateway's answer is not of this version");
    }
}

std::string verdictLine(const DrainedIndex& drained, const DrainVerdict& verdict)
{
    const auto number = [](std::uint32_t share) { return std::to_string(share); };
    const auto name = [](const std::string& text) { return printable(text); };
    return std::string(nameOf(verdict.where)) + "\t" + printable(drained.index) + "\t" +
           printable(drained.kind) + "\t" + joined(verdict.onlyHere, number) + "\t" +
           std::to_string(verdict.elsewhere) + "\t" + std::to_string(verdict.silent) + "\t" +
           joined(drained.accounts, name) + "\n";
}

std::string verdictJson(const DrainedIndex& drained, const DrainVerdict& verdict)
{
    json out;
    out["verdict"] = nameOf(verdict.where);
    out["storage_index"] = drained.index;
    out["kind"] = drained.kind;
    out["bytes"] = drained.bytes;
    out["only_here"] = verdict.onlyHere;
    out["elsewhere"] = verdict.elsewhere;
    out["silent"] = verdict.silent;
    out["accounts"] = drained.accounts;
    return print(out);
}

void DrainTotals::add(const DrainedIndex& drained, const DrainVerdict& verdict)
{
    ++indexes;
    switch (verdict.where) {
    case Whereabouts::Elsewhere:
        ++elsewhere;
        return;
    case Whereabouts::SomeOnlyHere:
        ++someOnlyHere;
        break;
    case Whereabouts::OnlyHere:
        ++onlyHere;
        break;
    case Whereabouts::Unsure:
        ++unsure;
        break;
    }
    bytesOnlyHere += drained.bytes;
}

std::string totalsLine(const DrainTotals& totals)
{
    std::string out = std::to_string(totals.indexes) +
                      " storage indexes: " + std::to_string(totals.elsewhere) + " elsewhere, " +
                      std::to_string(totals.someOnlyHere) + " with shares that only it has, " +
                      std::to_string(totals.onlyHere) + " that nobody else has, " +
                      std::to_string(totals.unsure) + " unsure";
    if (!totals.allElsewhere()) out += "; " + humanSize(totals.bytesOnlyHere) + " not elsewhere";
    return out + "\n";
}

std::string totalsJson(const DrainTotals& totals)
{
    json out;
    out["indexes"] = totals.indexes;
    out["elsewhere"] = totals.elsewhere;
    out["some_only_here"] = totals.someOnlyHere;
    out["only_here"] = totals.onlyHere;
    out["unsure"] = totals.unsure;
    out["bytes_not_elsewhere"] = totals.bytesOnlyHere;
    return print(out);
}

} // namespace tarn::gateway::cli
