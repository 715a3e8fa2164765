#include "core/gossip/server_announcement.h"

#include "core/codec/base32.h"
#include "core/codec/utf8.h"
#include "core/crypto/sha256.h"
#include "core/crypto/x509.h"
#include "core/wire/gossip.pb.h"
#include "core/wire/node_id.h"

#include <algorithm>

namespace tarn::gossip {

namespace {

constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxLocation = 300;
constexpr std::size_t kMaxLocations = 16;

Error refused(const std::string& what)
{
    return Error(ErrorCode::InvalidInput, "announcement: " + what);
}

bool isPrintableAscii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<void> checkCertificates(const std::vector<grid_manager::SignedCertificate>& certificates)
{
    if (certificates.size() > kMaxAnnouncedCertificates)
        return refused("more than 8 grid manager certificates");
    for (const grid_manager::SignedCertificate& one : certificates) {
        const bool isText = std::all_of(one.certificate.begin(), one.certificate.end(),
                                        [](char c) { return c >= ' ' && c < 0x7f; });
        if (!isText || !isPrintableAscii(one.signature))
            return refused("a grid manager certificate that is not printable ASCII");
        if (one.certificate.size() + one.signature.size() > kMaxAnnouncedCertificateBytes)
            return refused("a grid manager certificate of more than 960 bytes");
    }
    return ok();
}

Result<void> checkMeetingPoints(const std::vector<MeetingPoint>& points)
{
    if (points.size() > kMaxMeetingPoints) return refused("more than 4 meeting points");
    for (const MeetingPoint& point : points) {
        if (point.locations.size() > kMaxMeetingLocations)
            return refused("more than 2 locations of a meeting point");
        for (const std::string& location : point.locations)
            if (location.size() > kMaxLocation || !isPrintableAscii(location))
                return refused("a location that is none");
    }
    return ok();
}

std::string bodyOf(const ServerAnnouncement& announcement)
{
    wire::proto::ServerAnnouncement out;
    out.set_nickname(announcement.nickname);
    out.set_software(announcement.software);
    for (const std::string& location : announcement.locations)
        out.add_locations(location);
    out.set_spki_hash(std::string(asText(announcement.spkiHash.view())));
    out.set_tub_id(std::string(asText(announcement.tubId.view())));
    out.set_permutation_seed(announcement.permutationSeed);
    out.set_anonymous_swissnum(announcement.anonymousSwissnum);
    out.set_standing(static_cast<std::uint32_t>(announcement.standing));
    if (announcement.tlsProof) {
        out.set_tls_key(std::string(asText(announcement.tlsProof->key)));
        out.set_tls_proof(std::string(asText(announcement.tlsProof->signature)));
    }
    for (const grid_manager::SignedCertificate& one : announcement.certificates) {
        wire::proto::GridManagerCertificate& added = *out.add_certificates();
        added.set_certificate(one.certificate);
        added.set_signature(one.signature);
    }
    for (const MeetingPoint& point : announcement.meetingPoints) {
        wire::proto::MeetingPoint& added = *out.add_meeting_points();
        added.set_key(std::string(asText(point.key.view())));
        for (const std::string& location : point.locations)
            added.add_locations(location);
        added.set_relays(point.relays);
    }
    return out.SerializeAsString();
}

/// What a TLS key signs: the context with its zero byte, and the key of the node.
Bytes proofMessage(const Ed25519PublicKey& node)
{
    constexpr std::string_view kContext = "tarn tls key proof v1";
    Bytes out = toBytes(kContext);
    out.push_back(std::byte{0});
    append(out, node.view());
    return out;
}

/// The NURL of one location. \return none: a NURL cannot say it.
std::optional<wire::Nurl> nurlAt(std::string_view text, const ServerAnnouncement& announcement)
{
    const Result<wire::Location> location = wire::parseLocation(text);
    if (!location) return std::nullopt;
    wire::Nurl nurl;
    nurl.spkiHash = announcement.spkiHash;
    nurl.host = location->host;
    nurl.port = location->port;
    nurl.swissnum = announcement.anonymousSwissnum;
    nurl.network = location->network;
    if (!wire::parseNurl(wire::textOf(nurl))) return std::nullopt;
    return nurl;
}

} // namespace

Result<crypto::KeyProof> proveTlsKey(ByteView tlsKeyPem, const Ed25519PublicKey& node)
{
    return crypto::proveKey(tlsKeyPem, proofMessage(node));
}

ServerAnnouncement withdrawalOf(const ServerAnnouncement& announcement)
{
    ServerAnnouncement out;
    out.nickname = announcement.nickname;
    out.software = announcement.software;
    out.spkiHash = announcement.spkiHash;
    out.tubId = announcement.tubId;
    out.permutationSeed = announcement.permutationSeed;
    out.standing = Standing::Withdrawn;
    return out;
}

bool provesTlsKey(const Ed25519PublicKey& signer, const ServerAnnouncement& announcement)
{
    if (crypto::spkiHashOf(signer) == announcement.spkiHash) return true;
    const std::optional<crypto::KeyProof>& proof = announcement.tlsProof;
    return proof && wire::SpkiHash::prefixOf(crypto::sha256(proof->key)) == announcement.spkiHash &&
           crypto::provesKey(*proof, proofMessage(signer));
}

Result<void> checkAnnouncement(const ServerAnnouncement& announcement)
{
    if (announcement.nickname.size() > kMaxText || !codec::isUtf8(asBytes(announcement.nickname)))
        return refused("expected a nickname of at most 256 bytes of UTF-8");
    if (announcement.software.size() > kMaxText || !isPrintableAscii(announcement.software))
        return refused("expected a software name of at most 256 ASCII characters");
    if (announcement.locations.size() > kMaxLocations) return refused("more than 16 locations");
    for (const std::string& location : announcement.locations)
        if (location.size() > kMaxLocation || !isPrintableAscii(location))
            return refused("a location that is none");
    if (announcement.permutationSeed.size() > kMaxText ||
        !codec::decodeBase32Lax(announcement.permutationSeed))
        return refused("the permutation seed is not base32");
    if (announcement.anonymousSwissnum.size() > kMaxText ||
        !isPrintableAscii(announcement.anonymousSwissnum))
        return refused("a swissnum that is none");
    const auto fits = [](const Bytes& bytes) {
        return !bytes.empty() && bytes.size() <= kMaxTlsProofBytes;
    };
    const std::optional<crypto::KeyProof>& proof = announcement.tlsProof;
    if (proof &&
        (!fits(proof->key) || !fits(proof->signature) || !crypto::isProvableKey(proof->key)))
        return refused("a proof of the TLS key that is none");
    TARN_TRY_VOID(checkMeetingPoints(announcement.meetingPoints));
    return checkCertificates(announcement.certificates);
}

Result<RecordPtr> signAnnouncement(const crypto::Ed25519Key& key,
                                   const ServerAnnouncement& announcement, std::uint64_t sequence,
                                   WallTime now)
{
    TARN_TRY_VOID(checkAnnouncement(announcement));
    RecordContent content;
    content.kind = RecordKind::Announcement;
    content.subject = toBytes(key.publicKey().view());
    content.sequence = sequence;
    content.issued = unixSeconds(now);
    content.expires = unixSeconds(now + kAnnouncementLife);
    content.body = toBytes(bodyOf(announcement));
    return signRecord(key, std::move(content));
}

Result<ServerAnnouncement> readAnnouncement(const Record& record)
{
    if (record.content().kind != RecordKind::Announcement) return refused("another kind of record");
    const ByteView body = record.content().body;
    wire::proto::ServerAnnouncement in;
    if (!in.ParseFromArray(body.data(), static_cast<int>(body.size())))
        return refused("the body is not a ServerAnnouncement");
    ServerAnnouncement out;
    out.nickname = in.nickname();
    out.software = in.software();
    out.locations.assign(in.locations().begin(), in.locations().end());
    const Result<wire::SpkiHash> hash = wire::SpkiHash::from(asBytes(in.spki_hash()));
    if (!hash) return refused("expected a key hash of 32 bytes");
    out.spkiHash = *hash;
    const Result<TubId> tubId = TubId::from(asBytes(in.tub_id()));
    if (!tubId) return refused("expected a tubid of 20 bytes");
    out.tubId = *tubId;
    out.permutationSeed = in.permutation_seed();
    out.anonymousSwissnum = in.anonymous_swissnum();
    if (in.standing() > static_cast<std::uint32_t>(Standing::Withdrawn))
        return refused("a standing that is none");
    out.standing = static_cast<Standing>(in.standing());
    for (const wire::proto::GridManagerCertificate& one : in.certificates())
        out.certificates.push_back({one.certificate(), one.signature()});
    for (const wire::proto::MeetingPoint& one : in.meeting_points()) {
        const Result<Ed25519PublicKey> key = Ed25519PublicKey::from(asBytes(one.key()));
        if (!key) return refused("expected a key of 32 bytes");
        MeetingPoint point;
        point.key = *key;
        point.locations.assign(one.locations().begin(), one.locations().end());
        point.relays = one.relays();
        out.meetingPoints.push_back(std::move(point));
    }
    if (!in.tls_key().empty() || !in.tls_proof().empty()) {
        crypto::KeyProof proof;
        proof.key = toBytes(in.tls_key());
        proof.signature = toBytes(in.tls_proof());
        out.tlsProof = std::move(proof);
    }
    TARN_TRY_VOID(checkAnnouncement(out));
    return out;
}

wire::Announcement asServerEntry(const Ed25519PublicKey& signer,
                                 const ServerAnnouncement& announcement)
{
    std::vector<wire::Nurl> nurls;
    if (!announcement.anonymousSwissnum.empty()) {
        for (const std::string& location : announcement.locations)
            if (std::optional<wire::Nurl> nurl = nurlAt(location, announcement))
                nurls.push_back(*std::move(nurl));
    }
    wire::Announcement out;
    out.serverId = wire::nodeIdOf(signer);
    out.nickname = announcement.nickname;
    out.furl = wire::furlFor(announcement.tubId, nurls);
    for (const wire::Nurl& nurl : nurls)
        out.nurls.push_back(wire::textOf(nurl));
    if (!announcement.permutationSeed.empty())
        out.permutationSeedBase32 = announcement.permutationSeed;
    out.certificates = announcement.certificates;
    return out;
}

} // namespace tarn::gossip
