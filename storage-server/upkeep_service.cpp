#include "storage-server/upkeep_service.h"

#include "storage-server/space_account.h"
#include "storage-server/store_paths.h"

#include <nlohmann/json.hpp>

namespace tarn::storage {

namespace {

using nlohmann::json;

constexpr std::string_view kScrub = "/admin/v1/scrub";
constexpr std::string_view kScrubStart = "/admin/v1/scrub/start";
constexpr std::string_view kDrain = "/admin/v1/drain";
constexpr std::string_view kDrainOn = "/admin/v1/drain/on";
constexpr std::string_view kDrainOff = "/admin/v1/drain/off";
constexpr std::string_view kDrainWithdraw = "/admin/v1/drain/withdraw";
constexpr std::string_view kDrainShares = "/admin/v1/drain/shares";
constexpr std::string_view kLeases = "/admin/v1/leases";
constexpr std::string_view kLeasesForget = "/admin/v1/leases/forget-missing";

std::string textOf(const json& value)
{
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

unsigned statusOf(ErrorCode code)
{
    if (code == ErrorCode::NotFound) return 404;
    if (code == ErrorCode::Conflict) return 409;
    return code == ErrorCode::Unsupported ? 405 : 500;
}

template <class T>
json orNull(const std::optional<T>& value)
{
    return value ? json(*value) : json();
}

net::HttpHeaders headersFor(std::string type)
{
    net::HttpHeaders headers;
    headers.add("Content-Type", std::move(type));
    headers.add("Cache-Control", "no-store");
    return headers;
}

} // namespace

json scrubJson(const Scrubber& scrubber, bool withFindings)
{
    const ScrubRecord& record = scrubber.record();
    const unsigned done = record.after ? prefixNumber(*record.after) : 0;
    json out;
    out["enabled"] = scrubber.config().enabled;
    out["pace_bytes_per_s"] = scrubber.config().pace;
    out["under_way"] = record.underWay;
    out["percent"] = record.underWay ? done * 100 / SpaceAccount::kPrefixes : 100;
    out["began"] = orNull(record.began);
    out["ended"] = orNull(record.ended);
    out["present"] = jsonOf(record.present);
    out["last"] = jsonOf(record.last);
    for (const AuditState state :
         {AuditState::Damaged, AuditState::Unreadable, AuditState::Unknown})
        out[std::string(nameOf(state))] = record.found(state);
    if (withFindings) out["findings"] = findingsJson(record);
    return out;
}

json UpkeepService::drainJson() const
{
    json out;
    out["draining"] = m_parts.draining.on();
    out["since"] = orNull(m_parts.draining.since());
    out["withdrawn"] = m_parts.draining.withdrawn();
    const node::ToldIntroducers told = m_parts.told ? m_parts.told() : node::ToldIntroducers();
    out["introducers"] = told.introducers;
    out["introducers_told"] = told.told;
    return out;
}

json UpkeepService::leasesJson() const
{
    const LeaseKeeperStatus& status = m_parts.leases.status();
    json out;
    out["rounds"] = status.rounds;
    out["leased_indexes"] = status.leasedIndexes;
    out["missing_indexes"] = status.absentIndexes;
    out["withheld"] = status.withheld;
    return out;
}

asio::awaitable<Result<json>> UpkeepService::answer(const net::RequestHead& head)
{
    const std::string_view path = net::pathOf(head.target);
    const bool asks = path == kScrub || path == kDrain || path == kLeases;
    const bool turns = path == kDrainOn || path == kDrainOff;
    const bool acts =
        path == kScrubStart || path == kDrainWithdraw || path == kLeasesForget || turns;
    if (!asks && !acts) co_return Error(ErrorCode::NotFound, "no such request");
    const std::string_view method = asks ? "GET" : "POST";
    if (head.method != method)
        co_return Error(ErrorCode::Unsupported, "use " + std::string(method));
    if (path == kScrubStart) m_parts.scrubber.startSoon();
    if (path == kLeasesForget) m_parts.leases.forgetAbsentSoon();
    if (path == kLeases || path == kLeasesForget) co_return leasesJson();
    if (path == kScrub || path == kScrubStart) co_return scrubJson(m_parts.scrubber, true);
    if (turns) {
        TARN_CO_TRY_VOID(co_await m_parts.draining.turn(path == kDrainOn));
    }
    if (path == kDrainWithdraw) {
        TARN_CO_TRY_VOID(co_await m_parts.draining.withdraw());
    }
    co_return drainJson();
}

std::string UpkeepService::lineOf(const ShareHolding& share) const
{
    json out;
    out["storage_index"] = nameOf(share.index);
    out["share"] = share.share.value;
    out["kind"] = share.kind;
    out["bytes"] = share.fileSize;
    out["accounts"] = json::array();
    for (const AccountId id : share.accounts) {
        const Account* const account = m_parts.book.find(id);
        if (account != nullptr) out["accounts"].push_back(account->name);
    }
    return out.dump() + "\n";
}

/// One of the 1024 parts of the store is in memory at a time.
asio::awaitable<Result<void>> UpkeepService::sendShares(net::ServerExchange& exchange)
{
    net::HttpHeaders headers = headersFor("application/x-ndjson");
    TARN_CO_TRY_VOID(co_await exchange.beginResponse(200, std::move(headers), std::nullopt));
    const std::string first = json{{"server", m_parts.serverId}}.dump() + "\n";
    TARN_CO_TRY_VOID(co_await exchange.writeBody(asBytes(first)));
    std::uint64_t count = 0;
    for (unsigned prefix = 0; prefix < SpaceAccount::kPrefixes; ++prefix) {
        TARN_CO_TRY(const std::vector<ShareHolding> shares,
                    co_await m_parts.store.holdings(prefix));
        std::string lines;
        for (const ShareHolding& share : shares)
            lines += lineOf(share);
        count += shares.size();
        if (!lines.empty()) TARN_CO_TRY_VOID(co_await exchange.writeBody(asBytes(lines)));
    }
    const std::string last = json{{"end", true}, {"shares", count}}.dump() + "\n";
    TARN_CO_TRY_VOID(co_await exchange.writeBody(asBytes(last)));
    co_return co_await exchange.finishResponse();
}

asio::awaitable<Result<void>> UpkeepService::serve(net::ServerExchange& exchange)
{
    const net::RequestHead& head = exchange.head();
    const std::string_view path = net::pathOf(head.target);
    if (!path.starts_with(kScrub) && !path.starts_with(kDrain) && !path.starts_with(kLeases))
        co_return co_await m_parts.accounts.serve(exchange);
    if (path == kDrainShares && head.method == "GET") co_return co_await sendShares(exchange);
    const Result<json> value = co_await answer(head);
    unsigned status = 200;
    json out;
    if (value) {
        out = *value;
    } else {
        status = statusOf(value.error().code());
        out["error"] = value.error().message();
    }
    net::HttpHeaders headers = headersFor("application/json");
    std::string text = textOf(out);
    co_return co_await exchange.respondText(status, std::move(headers), std::move(text));
}

} // namespace tarn::storage
