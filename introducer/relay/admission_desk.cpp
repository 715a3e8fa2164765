#include "introducer/relay/admission_desk.h"

#include "core/crypto/sha256.h"
#include "core/membership/certificate.h"
#include "core/net/peer_proof.h"

#include <algorithm>

namespace tarn::relay {

namespace {

constexpr std::size_t kMostKnown = 4096;

Error refused(const std::string& why)
{
    return Error(ErrorCode::Unauthorized, why);
}

std::string_view trimmed(std::string_view line)
{
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t'))
        line.remove_suffix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t'))
        line.remove_prefix(1);
    return line;
}

} // namespace

Result<std::vector<Secret>> parseTokens(std::string_view text)
{
    std::vector<Secret> out;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line =
            trimmed(end == std::string_view::npos ? text : text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line.front() == '#') continue;
        if (line.size() < kLeastToken)
            return Error(ErrorCode::InvalidInput, "a token has 16 characters or more");
        if (out.size() >= kMostTokens)
            return Error(ErrorCode::InvalidInput, "expected 64 tokens at most");
        out.emplace_back(line);
    }
    return out;
}

void AdmissionDesk::configure(std::vector<Secret> tokens, std::vector<membership::GridId> grids)
{
    m_tokens = std::move(tokens);
    m_grids = std::move(grids);
    m_known.clear();
    // By a token: which one is not kept, so they have to show it again.
    std::erase_if(m_linked, [this](const auto& one) {
        const std::optional<membership::GridId>& grid = one.second.grid;
        return !grid || std::find(m_grids.begin(), m_grids.end(), *grid) == m_grids.end();
    });
}

Result<AdmissionDesk::Admitted> AdmissionDesk::admit(const net::ServerExchange& exchange)
{
    const std::string* const pass = exchange.head().headers.find(net::kPassHeader);
    if (pass == nullptr) return refused("this relay wants a token or a membership: Tarn-Pass");
    TARN_TRY(const Ed25519PublicKey key, net::provenPeer(exchange));
    return check(key, *pass);
}

Result<AdmissionDesk::Admitted> AdmissionDesk::check(const Ed25519PublicKey& key,
                                                     std::string_view text)
{
    TARN_TRY(const net::RelayPass pass, net::parsePass(text));
    if (pass.kind == net::RelayPass::Kind::Member) return checkMember(key, pass.certificate);
    bool known = false;
    for (const Secret& token : m_tokens)
        known = token.matches(asBytes(pass.token)) || known;
    if (!known) return refused("no such token");
    Admitted out;
    out.key = key;
    return out;
}

Result<AdmissionDesk::Admitted> AdmissionDesk::checkMember(const Ed25519PublicKey& key,
                                                           ByteView certificate)
{
    const WallTime now = m_clock.wallNow();
    const Hash256 hash = crypto::sha256(certificate);
    const auto known = m_known.find(hash);
    if (known != m_known.end() && known->second.key == key && now < known->second.until)
        return known->second;
    TARN_TRY(const gossip::RecordPtr record, gossip::openRecord(certificate));
    if (!equal(record->content().subject, key.view()))
        return refused("the certificate is of another node");
    for (const membership::GridId& grid : m_grids) {
        membership::LineageReader reader(grid);
        const Result<membership::Certificate> read = membership::openCertificate(reader, *record);
        if (!read || read->lineage.member() != key ||
            membership::gridIdOf(read->lineage.root()) != grid)
            continue;
        const WallTime issued{std::chrono::seconds(read->issued)};
        Admitted out;
        out.key = key;
        out.grid = grid;
        out.until = std::min(WallTime{std::chrono::seconds(read->expires)},
                             WallTime(issued + membership::kCertificateLife));
        if (out.until <= now || issued > now + std::chrono::minutes(10))
            return refused("the membership has expired");
        if (m_known.size() >= kMostKnown) m_known.clear();
        m_known[hash] = out;
        return out;
    }
    return refused("of no grid that this relay serves");
}

void AdmissionDesk::note(const Admitted& who)
{
    m_linked[net::peerKeyOf(who.key)] = who;
}

void AdmissionDesk::forget(const Ed25519PublicKey& key)
{
    m_linked.erase(net::peerKeyOf(key));
}

bool AdmissionDesk::holds(const Ed25519PublicKey& key) const
{
    const auto at = m_linked.find(net::peerKeyOf(key));
    return at != m_linked.end() && m_clock.wallNow() < at->second.until;
}

Result<void> AdmissionDesk::mayMeet(const Admitted& who, const net::PeerKey& target) const
{
    const auto at = m_linked.find(target);
    // Who is here is told to those of its grid only.
    if (at == m_linked.end() || at->second.grid != who.grid)
        return Error(ErrorCode::PeerUnreachable, "it keeps no link to here");
    return ok();
}

} // namespace tarn::relay
