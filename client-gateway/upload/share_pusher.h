// share_pusher: sends the shares of one file to their servers, run by run, several requests under
// way at each server, and deals with servers that fail in the middle.
#pragma once

#include "client-gateway/upload/server_selector.h"
#include "client-gateway/upload/share_pieces.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <set>
#include <vector>

namespace tarn::gateway {

struct PusherParts
{
    Clock& clock;
    ServerSelector& selector;
    UploadStatus& status;
    Duration writeDeadline; ///< for one piece
};

/// Engine thread. A share whose server fails goes to another server as long as everything from
/// its first byte on is still at hand, that is during the first run; later it is dropped.
class SharePusher
{
public:
    /// \param targets  from the selector.
    SharePusher(PusherParts parts, StorageIndex index, std::vector<ShareTarget> targets);

    /// What goes to one share in this run; called once per live share.
    using PiecesOf = std::function<void(ShareNumber, SharePieces&)>;

    /// Sends one run to all shares and waits until every server has acknowledged it.
    /// \param offset  where in every share the run begins.
    /// \param last    the shares end with it and must then be complete.
    /// \return Unhappy: too many servers failed; the selector's report says which.
    asio::awaitable<Result<void>> push(std::uint64_t offset, bool last, PiecesOf piecesOf);
    /// The same for those of `shares` that are still alive.
    asio::awaitable<Result<void>> pushTo(std::set<ShareNumber> shares, std::uint64_t offset,
                                         bool last, PiecesOf piecesOf);

    bool done() const { return m_targets.empty(); }

private:
    asio::awaitable<Result<void>> deliver(ShareTarget target, std::uint64_t offset, bool last,
                                          const PiecesOf& piecesOf);
    asio::awaitable<Result<void>> send(const ShareTarget& target, bool last,
                                       std::vector<SharePiece> pieces);
    asio::awaitable<Result<void>> sendOne(const ShareTarget& target, SharePiece piece,
                                          bool mustComplete);

    PusherParts m_parts;
    StorageIndex m_index;
    std::map<ShareNumber, ShareTarget> m_targets; ///< still alive
};

} // namespace tarn::gateway
