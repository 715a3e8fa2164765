// server_map: which version of each share lies on which server, and what follows from that. Pure.
// Source: spec of mutable files, section 6; allmydata.mutable.servermap.
#pragma once

#include "client-gateway/server_set.h"
#include "core/share/mutable_layout.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

/// Orders versions by age. What is signed identifies a version; a server that lies about where the
/// sections of its share are makes that share bad, not another version of it.
struct VersionId
{
    std::uint64_t sequence = 0;
    Bytes prefix; ///< the root hash decides between equal sequences
    std::uint8_t needed = 0;

    static VersionId of(const share::MutableHeader& header);
    friend auto operator<=>(const VersionId&, const VersionId&) = default;
};

/// One copy of a share: (server id, share number).
using SharePlace = std::pair<std::string, ShareNumber>;

struct MappedShare
{
    ServerPtr server;
    VersionId version;
    share::MutableLayout layout;
    Bytes front; ///< the first bytes of the share
};

struct BadCopy
{
    ServerPtr server;
    Bytes seen; ///< its first bytes, at most 75: what a writer that replaces it tests for
    std::string reason;
    bool incompatible = false; ///< an unknown layout
};

class ServerMap
{
public:
    std::map<SharePlace, MappedShare> shares;
    std::map<SharePlace, BadCopy> bad;
    std::set<std::string> answered;              ///< server ids
    std::map<std::string, std::string> problems; ///< server id -> why it gave no answer

    /// The copy turned out to be bad: it no longer counts.
    void markBad(const SharePlace& place, std::string reason);

    /// Distinct share numbers of each version.
    std::map<VersionId, std::set<ShareNumber>> versions() const;
    static bool recoverable(const VersionId& version, const std::set<ShareNumber>& shares);

    /// The newest recoverable version.
    std::optional<VersionId> best() const;
    /// \pre the version is in the map
    const share::MutableHeader& headerOf(const VersionId& version) const;
    /// Of all versions, recoverable or not; 0 without any.
    std::uint64_t highestSequence() const;
    bool hasNewerUnrecoverable() const;
    /// Copies of versions older than the newest recoverable one.
    std::vector<SharePlace> oldCopies() const;
    /// Two recoverable versions have one sequence number.
    bool hasTwins() const;
    /// NoShares or NotEnoughShares, in words.
    Error unrecoverableError() const;
};

enum class MapMode { Read, Write, Check };

/// How the servers of the permuted order stand in one query.
enum class AskState { Waiting, Asked, Empty, HasShares, Failed };

/// Whether more answers are needed. \param states  in permuted order.
/// \param known  the sequence of a version that must exist: an older one does not do.
/// \param impatient  answers have been waited for for long: late servers are given up
///                   where their answers are not needed.
bool mapWantsMore(MapMode mode, const ServerMap& map, const std::vector<AskState>& states,
                  std::size_t needed, std::uint64_t known, bool impatient);

} // namespace tarn::gateway
