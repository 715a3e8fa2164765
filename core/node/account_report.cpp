#include "core/node/account_report.h"

#include <nlohmann/json.hpp>

namespace tarn::node {

namespace {

using nlohmann::json;

std::uint64_t unsignedAt(const json& value, const char* key)
{
    return value.at(key).get_ref<const json::number_unsigned_t&>();
}

/// Throws json::exception.
AccountReport reportOf(const json& value)
{
    AccountReport out;
    out.used = unsignedAt(value, "used");
    out.shares = unsignedAt(value, "shares");
    if (!value.at("limit").is_null()) out.limit = unsignedAt(value, "limit");
    value.at("read").get_to(out.mayRead);
    value.at("write").get_to(out.mayWrite);
    value.at("keep").get_to(out.keepShares);
    if (value.contains("yours") && !value.at("yours").is_null())
        out.yours = unsignedAt(value, "yours");
    if (value.contains("reached") && !value.at("reached").is_null())
        out.reached = value.at("reached").get<bool>();
    return out;
}

} // namespace

std::string encodeReport(const AccountReport& report)
{
    json out;
    out["used"] = report.used;
    out["shares"] = report.shares;
    out["limit"] = report.limit ? json(*report.limit) : json();
    out["read"] = report.mayRead;
    out["write"] = report.mayWrite;
    out["keep"] = report.keepShares;
    out["yours"] = report.yours ? json(*report.yours) : json();
    out["reached"] = report.reached ? json(*report.reached) : json();
    return out.dump() + "\n";
}

Result<AccountReport> decodeReport(std::string_view text)
{
    const Error bad(ErrorCode::PeerMisbehaved, "expected a member's account as JSON");
    if (text.size() > kMaxAccountBytes) return bad;
    const json value = json::parse(text, nullptr, false);
    if (!value.is_object()) return bad;
    try {
        return reportOf(value);
    } catch (const json::exception&) {
        return bad;
    }
}

} // namespace tarn::node
