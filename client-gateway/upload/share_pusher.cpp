#include "client-gateway/upload/share_pusher.h"

#include "client-gateway/async/parallel.h"
#include "core/base/executor.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Requests under way for one share.
constexpr std::size_t kInFlight = 2;

} // namespace

SharePusher::SharePusher(PusherParts parts, StorageIndex index, std::vector<ShareTarget> targets)
    : m_parts(parts), m_index(index)
{
    for (ShareTarget& target : targets)
        m_targets.emplace(target.share, std::move(target));
}

asio::awaitable<Result<void>> SharePusher::push(std::uint64_t offset, bool last, PiecesOf piecesOf)
{
    std::set<ShareNumber> alive;
    for (const auto& [share, target] : m_targets)
        alive.insert(share);
    co_return co_await pushTo(std::move(alive), offset, last, std::move(piecesOf));
}

asio::awaitable<Result<void>> SharePusher::pushTo(std::set<ShareNumber> shares,
                                                  std::uint64_t offset, bool last,
                                                  PiecesOf piecesOf)
{
    std::vector<asio::awaitable<Result<void>>> work;
    for (const auto& [share, target] : m_targets)
        if (shares.contains(share)) work.push_back(deliver(target, offset, last, piecesOf));
    co_await allOf(std::move(work));
    co_return m_parts.selector.checkHappiness();
}

/// One share's part of a run, if need be at other servers.
asio::awaitable<Result<void>> SharePusher::deliver(ShareTarget target, std::uint64_t offset,
                                                   bool last, const PiecesOf& piecesOf)
{
    SharePieces pieces(offset);
    piecesOf(target.share, pieces);
    const std::vector<SharePiece> list = pieces.finish();
    Result<void> sent = co_await send(target, last, list);
    while (!sent && offset == 0) {
        Result<ShareTarget> other = co_await m_parts.selector.replace(target, sent.error());
        if (!other) {
            m_targets.erase(target.share);
            co_return sent;
        }
        target = *std::move(other);
        m_targets.insert_or_assign(target.share, target);
        sent = co_await send(target, last, list);
    }
    if (!sent) {
        m_parts.selector.drop(target, sent.error());
        m_targets.erase(target.share);
        co_return sent;
    }
    if (last) m_parts.selector.completed(target);
    co_return ok();
}

/// All pieces, two at a time. The last one goes alone when it completes the share, so that its
/// answer tells.
asio::awaitable<Result<void>> SharePusher::send(const ShareTarget& target, bool last,
                                                std::vector<SharePiece> pieces)
{
    const std::size_t early = last && !pieces.empty() ? pieces.size() - 1 : pieces.size();
    for (std::size_t i = 0; i < early; i += kInFlight) {
        std::vector<asio::awaitable<Result<void>>> work;
        for (std::size_t j = i; j < std::min(early, i + kInFlight); ++j)
            work.push_back(sendOne(target, pieces[j], false));
        const std::vector<Result<void>> results = co_await allOf(std::move(work));
        for (const Result<void>& result : results)
            if (!result) co_return result.error();
    }
    if (early < pieces.size()) co_return co_await sendOne(target, pieces.back(), true);
    co_return ok();
}

asio::awaitable<Result<void>> SharePusher::sendOne(const ShareTarget& target, SharePiece piece,
                                                   bool mustComplete)
{
    const ByteRange range{piece.offset, piece.offset + piece.data.size()};
    RequestNote note(m_parts.status.log, RequestKind::Write, target.server->id, {target.share},
                     range);
    auto writing = target.server->store().writeShare(m_index, target.share, target.uploadSecret,
                                                     piece.offset, piece.data);
    const Result<storage_api::WriteAnswer> answer = co_await withDeadline<storage_api::WriteAnswer>(
        m_parts.clock, m_parts.writeDeadline, "writing a share", std::move(writing));
    if (!answer) {
        note.failed(answer.error().text());
        co_return answer.error();
    }
    note.answered(0);
    if (mustComplete && !answer->required.empty()) {
        co_return Error(ErrorCode::PeerMisbehaved, "the server lacks bytes of share " +
                                                       std::to_string(target.share.value) +
                                                       " that it had acknowledged");
    }
    m_parts.status.pushed += piece.data.size();
    co_return ok();
}

} // namespace tarn::gateway
