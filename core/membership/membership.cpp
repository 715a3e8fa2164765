#include "core/membership/membership.h"

#include "core/crypto/sha256.h"

#include <algorithm>

namespace tarn::membership {

namespace {

using gossip::RecordKind;

constexpr std::int64_t secondsOf(Duration duration)
{
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

constexpr std::int64_t kHalfLifeSeconds = secondsOf(kCertificateLife / 2);
constexpr std::int64_t kTurnSeconds = secondsOf(std::chrono::hours(2));
/// A day before the end all are asked.
constexpr std::int64_t kLongestTurnSeconds = secondsOf(std::chrono::hours(6 * 24));

bool mentionsBuried(const MembershipView& view, const Lineage& lineage)
{
    return std::any_of(lineage.steps().begin(), lineage.steps().end(),
                       [&view](const AdmissionPtr& step) {
                           return view.isBuried(step->member) || view.isBuried(step->signer);
                       });
}

bool mentionsBuried(const MembershipView& view, const std::optional<Lineage>& lineage)
{
    return lineage && mentionsBuried(view, *lineage);
}

/// What policies and renewals depend on.
bool saysTheSame(const MembershipView& a, const MembershipView& b)
{
    return std::equal(a.members().begin(), a.members().end(), b.members().begin(),
                      b.members().end(), [](const auto& x, const auto& y) {
                          return x.first == y.first && x.second.standing == y.second.standing &&
                                 x.second.name == y.second.name &&
                                 x.second.lineage == y.second.lineage;
                      });
}

bool mayAnnounce(const MembershipView& view, const gossip::Record& record)
{
    return equal(record.content().subject, record.signer().view()) &&
           view.mayOffer(record.signer());
}

bool mayInvite(const MembershipView& view, const GridId& grid, const gossip::Record& record)
{
    const Result<InviteOffer> offer = readInvite(record);
    return offer && offer->grid == grid && view.mayIssue(offer->inviter, offer->terms.depth);
}

bool mayVouch(LineageReader& reader, const MembershipView& view, const gossip::Record& record)
{
    const Result<Certificate> one = openCertificate(reader, record);
    return one && !mentionsBuried(view, one->lineage) && !mentionsBuried(view, one->issuerLineage);
}

bool mayRevoke(LineageReader& reader, const MembershipView& view, const gossip::Record& record)
{
    const Result<Revocation> one = openRevocation(reader, record);
    return one && (one->signer == view.founder() || !mentionsBuried(view, one->lineage));
}

bool mayLeave(LineageReader& reader, const MembershipView& view, const gossip::Record& record)
{
    const Result<Departure> one = openDeparture(reader, record);
    return one && !mentionsBuried(view, one->lineage);
}

/// Who of those who may issue is first to renew whom: everybody's order is another one.
Hash256 turnOf(const Ed25519PublicKey& member, const Ed25519PublicKey& issuer)
{
    Bytes both = toBytes(member.view());
    append(both, issuer.view());
    return crypto::sha256(both);
}

std::int64_t turnSeconds(const MembershipView& view, const Ed25519PublicKey& member,
                         const Ed25519PublicKey& self)
{
    const Hash256 own = turnOf(member, self);
    std::int64_t before = 0;
    for (const auto& [key, other] : view.members()) {
        const bool counts = key != member && view.isLive(key) && view.mayIssue(key);
        if (counts && turnOf(member, key) < own) ++before;
    }
    return std::min(before * kTurnSeconds, kLongestTurnSeconds);
}

} // namespace

gossip::KindRules gridKinds()
{
    gossip::KindRules out = gossip::standardKinds();
    out[RecordKind::Certificate] = {kCertificateLife};
    out[RecordKind::Revocation] = {std::nullopt};
    out[RecordKind::Departure] = {std::nullopt};
    out[RecordKind::Invite] = {kLongestInvite};
    return out;
}

gossip::RecordLimits gridLimits()
{
    gossip::RecordLimits out;
    out.recordsPerSigner = 2048;
    out.bytesPerSigner = 2U << 20U;
    return out;
}

Membership::Membership(const Ed25519PublicKey& founder)
    : m_state(std::make_shared<State>(gridIdOf(founder))), m_founder(founder)
{
    m_state->view = MembershipView::of(founder, {}, WallTime());
}

bool Membership::refresh(std::span<const gossip::RecordPtr> records, WallTime now)
{
    forget(now);
    Statements statements;
    for (const gossip::RecordPtr& record : records)
        read(record, now, statements);
    for (const auto& [key, record] : m_memory)
        if (Result<Certificate> one = openCertificate(m_state->reader, *record))
            statements.remembered.push_back(*std::move(one));
    MembershipView next = MembershipView::of(m_founder, statements, now);
    const bool changed = !saysTheSame(m_state->view, next);
    m_state->view = std::move(next);
    return changed;
}

void Membership::read(const gossip::RecordPtr& record, WallTime now, Statements& into)
{
    LineageReader& reader = m_state->reader;
    const RecordKind kind = record->content().kind;
    if (kind == RecordKind::Certificate) {
        Result<Certificate> one = openCertificate(reader, *record);
        if (!one) return;
        keep(record, *one);
        if (one->expires > unixSeconds(now)) into.certificates.push_back(*std::move(one));
    } else if (kind == RecordKind::Revocation) {
        if (Result<Revocation> one = openRevocation(reader, *record))
            into.revocations.push_back(*std::move(one));
    } else if (kind == RecordKind::Departure) {
        if (Result<Departure> one = openDeparture(reader, *record))
            into.departures.push_back(*std::move(one));
    }
}

/// The one that lasts longest.
void Membership::keep(const gossip::RecordPtr& record, const Certificate& certificate)
{
    gossip::RecordPtr& kept = m_memory[certificate.lineage.member()];
    if (kept == nullptr || kept->content().expires < certificate.expires) kept = record;
}

void Membership::forget(WallTime now)
{
    const std::int64_t oldest = unixSeconds(now - kMemory);
    std::erase_if(m_memory,
                  [oldest](const auto& one) { return one.second->content().expires < oldest; });
}

bool Membership::mayEnter(State& state, const gossip::Record& record)
{
    switch (record.content().kind) {
    case RecordKind::Announcement:
        return mayAnnounce(state.view, record);
    case RecordKind::Certificate:
        return mayVouch(state.reader, state.view, record);
    case RecordKind::Revocation:
        return mayRevoke(state.reader, state.view, record);
    case RecordKind::Departure:
        return mayLeave(state.reader, state.view, record);
    case RecordKind::Invite:
        return mayInvite(state.view, state.reader.grid(), record);
    case RecordKind::Admission:
        return false;
    }
    return false;
}

gossip::SignerPolicy Membership::policy() const
{
    return [state = m_state](const gossip::Record& record) { return mayEnter(*state, record); };
}

std::vector<gossip::RecordPtr> Membership::memory() const
{
    std::vector<gossip::RecordPtr> out;
    for (const auto& [key, record] : m_memory)
        out.push_back(record);
    return out;
}

void Membership::remember(std::span<const gossip::RecordPtr> certificates)
{
    for (const gossip::RecordPtr& record : certificates)
        if (const Result<Certificate> one = openCertificate(m_state->reader, *record))
            keep(record, *one);
}

std::vector<Ed25519PublicKey> Membership::dueForRenewal(const Ed25519PublicKey& self,
                                                        WallTime now) const
{
    std::vector<Ed25519PublicKey> out;
    const MembershipView& all = view();
    if (!all.mayIssue(self)) return out;
    for (const auto& [key, member] : all.members()) {
        const bool ours = member.standing == Standing::Live || member.standing == Standing::Expired;
        const bool ownFounding = key == self && key == m_founder;
        if (!ours || member.until == 0 || (key == self && !ownFounding)) continue;
        const std::int64_t due =
            member.until - kHalfLifeSeconds + (ownFounding ? 0 : turnSeconds(all, key, self));
        if (unixSeconds(now) >= due) out.push_back(key);
    }
    return out;
}

Result<gossip::RecordPtr> foundGrid(const crypto::Ed25519Key& founder, const std::string& nickname,
                                    const std::string& gridName, std::uint64_t sequence,
                                    WallTime now)
{
    TARN_TRY(AdmissionPtr own, signFounding(founder, nickname, gridName, now));
    TARN_TRY(const Lineage lineage,
             extendLineage(gridIdOf(founder.publicKey()), nullptr, std::move(own)));
    return signCertificate(founder, lineage, nullptr, sequence, now);
}

} // namespace tarn::membership
