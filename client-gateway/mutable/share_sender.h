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
};

/// To all servers side by side; a share is written whole or not at all.
/// \param log  of what is sent.
/// \return Conflict: a server showed somebody else's writing; others may have taken their shares,
///         but those of a new file are removed again.
asio::awaitable<Result<SendOutcome>> sendShares(MutableParts parts, const Publication& what,
                                                const EncodedVersion& encoded,
                                                std::vector<ServerGoal> goals, TransferLogPtr log);

/// Conflict, in words that users of Tahoe-LAFS know.
Error uncoordinatedWrite();

/// Nobody knows of an older version.
bool isNew(const Publication& what);
/// Removes shares of a new file of which too few found a home: nobody could ever read it. Those
/// that have become something else stay, and so do those of servers that do not answer.
/// \param check  check string of its version.
asio::awaitable<void> removeShares(MutableParts parts, const Publication& what,
                                   std::vector<SeenShare> places, Bytes check);

/// What the writes of `log` came to, server by server, and how long they took.
void tellSending(TransferRecord& record, const TransferLog& log);

} // namespace tarn::gateway
