// share_sender: writes shares of a new version to servers, each only where what was seen is still
// there. Source: spec of mutable files, section 7; allmydata.mutable.publish.
#pragma once

#include "client-gateway/mutable/share_goal.h"
#include "client-gateway/mutable/version_encoder.h"

namespace tarn::gateway {

struct SendOutcome
{
    std::set<ShareNumber> written;
    std::vector<SeenShare> places;         ///< of those
    std::map<std::string, Error> failures; ///< server id -> why it took not all of its shares
    bool otherWriter = false;              ///< a server showed somebody else's writing
};

/// To all servers side by side, after the owner's own where there is one: when that does not take
/// its shares, nobody else is asked. A share is written whole or not at all. A server that shows
/// somebody else's writing gets no more; others may have taken their shares.
/// \param log  of what is sent.
/// \return no error of its own: those of servers are in it.
asio::awaitable<Result<SendOutcome>> sendShares(MutableParts parts, const Publication& what,
                                                const EncodedVersion& encoded,
                                                std::vector<ServerGoal> goals, TransferLogPtr log);

/// Conflict, in words that users of Tahoe-LAFS know.
Error uncoordinatedWrite();

/// Nobody knows of an older version.
bool isNew(const Publication& what);
/// Removes shares of a new file that is not to be: too few found a home, or somebody else writes.
/// Those that have become something else stay, and so do those of servers that do not answer.
/// \param check  check string of its version.
asio::awaitable<void> removeShares(MutableParts parts, const Publication& what,
                                   std::vector<SeenShare> places, Bytes check);

/// Removes what `usable` have of older versions once all shares of a new one are written, where the
/// owner has a home of its own. Those that have become something else stay, and so do those of
/// servers that do not answer. \param written  places of the new version.
asio::awaitable<void> removeOlderShares(MutableParts parts, const Publication& what,
                                        std::vector<ServerPtr> usable,
                                        std::vector<SeenShare> written);

/// What the writes of `log` came to, server by server, and how long they took.
void tellSending(TransferRecord& record, const TransferLog& log);

} // namespace tarn::gateway
