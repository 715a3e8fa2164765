#include "client-gateway/mutable/share_sender.h"

#include "client-gateway/async/parallel.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Shares of one server go in one request up to so many bytes, then in several.
constexpr std::uint64_t kRequestBytes = std::uint64_t{4} << 20U;

/// Head, keys, signature and chain of a share.
constexpr std::uint64_t kAroundBlocks = 4096;

/// One server's part of the writing.
struct Sending
{
    const MutableParts& parts;
    const Publication& what;
    const EncodedVersion& encoded;
    const Bytes& check; ///< check string of the new version
    TransferLogPtr log;
    ServerGoal goal;
    std::set<ShareNumber> written;
    bool surprised = false;
    std::optional<Error> failure;
};

asio::awaitable<Result<void>> sendSome(Sending& sending, std::vector<ShareNumber> shares)
{
    const MutableFile& file = sending.what.file;
    const Server& server = *sending.goal.server;
    storage_api::ReadTestWrite request;
    std::vector<Bytes> specimens(shares.size());
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        specimens[i] = expectedFront(sending.what.map, SharePlace(server.id, shares[i]));
        storage_api::ShareWrite write;
        storage_api::TestVector test;
        test.size = std::max<std::uint64_t>(1, specimens[i].size());
        test.specimen = specimens[i];
        write.tests.push_back(test);
        write.writes = sending.encoded.writesOf(shares[i]);
        for (const storage_api::WriteVector& one : write.writes)
            bytes += one.data.size();
        request.shares.emplace(shares[i], std::move(write));
    }
    storage_api::ReadVector read;
    read.size = sending.check.size();
    request.reads.push_back(read);
    const crypto::WriteEnabler enabler = crypto::writeEnablerFor(*file.writeKey, server.tubId);
    storage_api::LeaseSecrets leases = mutableLeases(sending.parts, file, server);
    const Duration limit =
        sending.parts.writeDeadline * static_cast<std::int64_t>(1 + (bytes >> 20U));
    const ByteRange sent{0, bytes};
    RequestNote note(sending.log, RequestKind::Write, server.id, shares, sent);
    auto writing = server.store().readTestWrite(file.index, leases, enabler.view(), request);
    const Result<storage_api::ReadTestWriteAnswer> answer =
        co_await withDeadline<storage_api::ReadTestWriteAnswer>(
            sending.parts.clock, limit, "the write of shares", std::move(writing));
    if (!answer) {
        note.failed(answer.error().text());
        co_return answer.error();
    }
    if (showsOtherWriter(*answer, sending.what.map, server.id, sending.goal.shares, sending.check))
        sending.surprised = true;
    if (!answer->success) {
        note.failed("its shares are not what was seen before");
        co_return ok();
    }
    note.answered(0);
    sending.written.insert(shares.begin(), shares.end());
    co_return ok();
}

bool isHome(const MutableParts& parts, const Sending& sending)
{
    return parts.home != nullptr && sending.goal.server->id == parts.home->server;
}

/// How many shares go in one request: at home all of them, which has the new version as a whole or
/// the old one.
std::size_t sharesAtOnce(const Sending& sending)
{
    if (isHome(sending.parts, sending)) return sending.goal.shares.size();
    const std::uint64_t perShare = kAroundBlocks + sending.encoded.imageSize;
    return static_cast<std::size_t>(std::max<std::uint64_t>(1, kRequestBytes / perShare));
}

asio::awaitable<Result<void>> sendAll(Sending& sending)
{
    const std::size_t atOnce = sharesAtOnce(sending);
    std::vector<ShareNumber> rest(sending.goal.shares.begin(), sending.goal.shares.end());
    while (!rest.empty() && !sending.surprised) {
        const std::size_t count = std::min(atOnce, rest.size());
        const auto split = rest.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<ShareNumber> some(rest.begin(), split);
        rest.erase(rest.begin(), split);
        const Result<void> sent = co_await sendSome(sending, std::move(some));
        if (sent) continue;
        sending.failure = sent.error();
        co_return sent;
    }
    co_return ok();
}

/// \return whether others may hear of the version.
asio::awaitable<bool> sendToHome(const MutableParts& parts, std::vector<Sending>& sendings)
{
    for (Sending& sending : sendings) {
        if (!isHome(parts, sending)) continue;
        const Result<void> sent = co_await sendAll(sending);
        co_return sent && !sending.surprised;
    }
    co_return true;
}

} // namespace

Error uncoordinatedWrite()
{
    return Error(ErrorCode::Conflict, "UncoordinatedWriteError: somebody else wrote this mutable "
                                      "file at the same time");
}

namespace {

asio::awaitable<Result<void>> removeShare(const MutableParts& parts, const Publication& what,
                                          SeenShare place, const Bytes& check)
{
    const ServerPtr server = place.server.lock();
    if (!server) co_return ok();
    storage_api::ShareWrite write;
    storage_api::TestVector test;
    test.size = check.size();
    test.specimen = check;
    write.tests.push_back(test);
    write.newLength = 0;
    storage_api::ReadTestWrite request;
    request.shares.emplace(place.share, std::move(write));
    const crypto::WriteEnabler enabler =
        crypto::writeEnablerFor(*what.file.writeKey, server->tubId);
    const storage_api::LeaseSecrets leases = mutableLeases(parts, what.file, *server);
    auto removing = server->store().readTestWrite(what.file.index, leases, enabler.view(), request);
    const Result<storage_api::ReadTestWriteAnswer> answer =
        co_await withDeadline<storage_api::ReadTestWriteAnswer>(
            parts.clock, parts.queryDeadline, "the removal of a share", std::move(removing));
    co_return answer ? ok() : Result<void>(answer.error());
}

} // namespace

bool isNew(const Publication& what)
{
    return what.map.shares.empty() && what.map.bad.empty();
}

asio::awaitable<void> removeShares(MutableParts parts, const Publication& what,
                                   std::vector<SeenShare> places, Bytes check)
{
    std::vector<asio::awaitable<Result<void>>> work;
    for (const SeenShare& place : places)
        work.push_back(removeShare(parts, what, place, check));
    co_await allOf(std::move(work));
}

asio::awaitable<void> removeOlderShares(MutableParts parts, const Publication& what,
                                        std::vector<ServerPtr> usable,
                                        std::vector<SeenShare> written)
{
    if (parts.home == nullptr) co_return;
    std::set<SharePlace> anew;
    for (const SeenShare& place : written)
        if (const auto server = place.server.lock()) anew.emplace(server->id, place.share);
    std::vector<std::pair<SeenShare, Bytes>> old;
    const auto add = [&](const SharePlace& place) {
        const auto server = std::find_if(usable.begin(), usable.end(), [&](const ServerPtr& one) {
            return one->id == place.first;
        });
        Bytes front = expectedFront(what.map, place);
        if (server == usable.end() || anew.contains(place) || front.empty()) return;
        SeenShare seen;
        seen.server = *server;
        seen.share = place.second;
        old.emplace_back(std::move(seen), std::move(front));
    };
    for (const auto& [place, mapped] : what.map.shares)
        add(place);
    for (const auto& [place, copy] : what.map.bad)
        if (!copy.incompatible) add(place);
    std::vector<asio::awaitable<Result<void>>> work;
    for (const auto& [place, front] : old)
        work.push_back(removeShare(parts, what, place, front));
    co_await allOf(std::move(work));
}

asio::awaitable<Result<SendOutcome>> sendShares(MutableParts parts, const Publication& what,
                                                const EncodedVersion& encoded,
                                                std::vector<ServerGoal> goals, TransferLogPtr log)
{
    const Bytes check = share::checkStringOf(encoded.sealed.layout.header);
    std::vector<Sending> sendings;
    for (ServerGoal& goal : goals) {
        if (goal.shares.empty()) continue;
        Sending sending{parts, what, encoded, check, log, std::move(goal), {}, false, std::nullopt};
        sendings.push_back(std::move(sending));
    }
    const bool toAll = co_await sendToHome(parts, sendings);
    std::vector<asio::awaitable<Result<void>>> work;
    for (Sending& sending : sendings)
        if (toAll && !isHome(parts, sending)) work.push_back(sendAll(sending));
    co_await allOf(std::move(work));
    SendOutcome outcome;
    for (Sending& sending : sendings) {
        for (const ShareNumber share : sending.written)
            outcome.places.push_back({sending.goal.server, share});
        outcome.written.merge(sending.written);
        outcome.otherWriter = outcome.otherWriter || sending.surprised;
        if (sending.failure) outcome.failures.emplace(sending.goal.server->id, *sending.failure);
    }
    co_return outcome;
}

void tellSending(TransferRecord& record, const TransferLog& log)
{
    std::optional<TimePoint> first;
    std::optional<TimePoint> last;
    for (const ServerRequest& request : log.requests.kept()) {
        if (request.kind != RequestKind::Write) continue;
        std::string text = request.shares.size() == 1 ? "share" : "shares";
        for (const ShareNumber share : request.shares)
            text += " " + std::to_string(share.value);
        text += request.succeeded() ? ": written" : ": " + request.failure;
        text += ", " + std::to_string(request.range.size()) + " bytes sent";
        record.tell(request.serverId, std::move(text));
        if (!first) first = request.sent;
        if (request.finished) last = std::max(last.value_or(*request.finished), *request.finished);
    }
    if (first && last) record.took("push", *last - *first);
}

} // namespace tarn::gateway
