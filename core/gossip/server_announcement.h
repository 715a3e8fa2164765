// server_announcement: the body of a record of kind 1: what a storage server says of itself to
// introducers. Pure, any thread. Source: design.md sections 3, 5 and 6; spec 10.
#pragma once

#include "core/crypto/key_proof.h"
#include "core/gossip/record.h"
#include "core/wire/announcement.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::gossip {

/// What a server says that it is there for. The numbers are those on the wire.
enum class Standing {
    Open = 0,     ///< takes shares
    Closed = 1,   ///< takes no new shares and no changes (read-only, drained); reading goes on
    Withdrawn = 2 ///< is no server any more: who knew it forgets it
};

/// Somebody to whom a server keeps a link, because it cannot be connected to itself.
struct MeetingPoint
{
    Ed25519PublicKey key;
    std::vector<std::string> locations; ///< at most 2; none: as it announces them itself
    bool relays = false;                ///< carries connections; else questions only
    friend bool operator==(const MeetingPoint&, const MeetingPoint&) = default;
};
inline constexpr std::size_t kMaxMeetingPoints = 4;
inline constexpr std::size_t kMaxMeetingLocations = 2;

struct ServerAnnouncement
{
    std::string nickname;               ///< UTF-8, at most 256 bytes; hostile
    std::string software;               ///< "tarn-storage/0.1.0"
    std::vector<std::string> locations; ///< "tcp:HOST:PORT"; at most 16
    wire::SpkiHash spkiHash;            ///< of its TLS key
    TubId tubId;
    std::string permutationSeed; ///< base32
    /// The account that everybody may use; empty: each user has an own one, which is not told here.
    std::string anonymousSwissnum;
    /// Of grid managers, about this server. Printable ASCII; unchecked otherwise.
    std::vector<grid_manager::SignedCertificate> certificates;
    /// By its TLS key, where that is not its node key; unchecked until provesTlsKey().
    std::optional<crypto::KeyProof> tlsProof;
    Standing standing = Standing::Open;
    std::vector<MeetingPoint> meetingPoints = {}; ///< hostile
    friend bool operator==(const ServerAnnouncement&, const ServerAnnouncement&) = default;
};

inline constexpr std::size_t kMaxAnnouncedCertificates = 8;
/// Of one certificate with its signature; one that a grid manager issues takes about 250.
inline constexpr std::size_t kMaxAnnouncedCertificateBytes = 960;

inline constexpr std::size_t kMaxTlsProofBytes = 1100; ///< of the key, and of the signature

inline constexpr Duration kAnnouncementLife = std::chrono::hours(48);
inline constexpr Duration kAnnounceEvery = std::chrono::hours(12);

/// That the TLS key belongs to the node. \return InvalidInput: no private key in `tlsKeyPem`.
Result<crypto::KeyProof> proveTlsKey(ByteView tlsKeyPem, const Ed25519PublicKey& node);
/// A record that says no more than that: the server is withdrawn. What it told before, addresses
/// and credentials, goes with the record that this one replaces.
ServerAnnouncement withdrawalOf(const ServerAnnouncement& announcement);

/// Whether the signer has the TLS key that it announces: it is its own, or the proof is good.
bool provesTlsKey(const Ed25519PublicKey& signer, const ServerAnnouncement& announcement);

/// \return InvalidInput: a field out of its bounds. Within them a record has room for all.
Result<void> checkAnnouncement(const ServerAnnouncement& announcement);

/// \return InvalidInput: as checkAnnouncement().
Result<RecordPtr> signAnnouncement(const crypto::Ed25519Key& key,
                                   const ServerAnnouncement& announcement, std::uint64_t sequence,
                                   WallTime now);

/// \return InvalidInput: another kind, or a field out of its bounds.
Result<ServerAnnouncement> readAnnouncement(const Record& record);

/// What a servers.yaml says of that server: without an account for everybody it names no NURLs,
/// and a FURL that only carries the tubid. Locations that NURLs cannot express are left out. The
/// certificates are those that Tahoe-LAFS calls grid-manager-certificates.
wire::Announcement asServerEntry(const Ed25519PublicKey& signer,
                                 const ServerAnnouncement& announcement);

} // namespace tarn::gossip
