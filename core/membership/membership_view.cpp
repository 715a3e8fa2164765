#include "core/membership/membership_view.h"

#include "core/membership/names.h"
#include "core/wire/node_id.h"

#include <algorithm>
#include <tuple>

namespace tarn::membership {

namespace {

using Key = Ed25519PublicKey;

/// Why a lineage does not count; the worst last.
enum class Flaw { None, Departed, Duplicate, Revoked };

/// The lowest redeemed an invite: the same everywhere.
using Redemption = std::pair<std::int64_t, Key>;

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

} // namespace

class ViewMaker
{
public:
    ViewMaker(const Key& founder, const Statements& statements, WallTime now)
        : m_statements(statements), m_now(unixSeconds(now))
    {
        m_view.m_founder = founder;
    }

    MembershipView make()
    {
        for (const Revocation& one : m_statements.revocations) {
            m_revoked.emplace(one.signer, one.subject);
            if (one.signer == m_view.m_founder) m_view.m_buried.insert(one.subject);
        }
        addAllLineages();
        for (const Departure& one : m_statements.departures) {
            std::int64_t& latest = m_departures[one.lineage.member()];
            latest = std::max(latest, one.issued);
        }
        for (const auto& [key, lineages] : m_lineages)
            addMember(key, lineages);
        for (const Certificate& one : m_statements.certificates)
            addVouching(one, one.expires);
        for (const Certificate& one : m_statements.remembered)
            addVouching(one, std::min(one.expires, m_now));
        settle();
        nameAll();
        return std::move(m_view);
    }

private:
    /// A lineage, and whether all nodes know it.
    struct Known
    {
        Lineage lineage;
        bool current;
    };

    void addAllLineages()
    {
        for (const Revocation& one : m_statements.revocations)
            if (one.lineage) addLineages(*one.lineage, true);
        for (const Departure& one : m_statements.departures)
            addLineages(one.lineage, true);
        const auto addOf = [this](const Certificate& one, bool current) {
            addLineages(one.lineage, current);
            if (one.issuerLineage) addLineages(*one.issuerLineage, current);
        };
        for (const Certificate& one : m_statements.certificates)
            addOf(one, true);
        for (const Certificate& one : m_statements.remembered)
            addOf(one, false);
    }

    /// Of the member and of all on the way to it. The current ones come first.
    void addLineages(const Lineage& lineage, bool current)
    {
        for (std::size_t size = 1; size <= lineage.steps().size(); ++size) {
            Lineage one = lineage.first(size);
            std::vector<Known>& all = m_lineages[one.member()];
            const bool known = std::any_of(all.begin(), all.end(),
                                           [&one](const Known& k) { return k.lineage == one; });
            if (known) continue;
            if (current) addRedemption(one);
            all.push_back({std::move(one), current});
        }
    }

    /// Sets drop what mentions a buried key, so that it cannot count here.
    void addRedemption(const Lineage& lineage)
    {
        const Admission& own = lineage.own();
        const auto& steps = lineage.steps();
        const bool dropped =
            std::any_of(steps.begin(), steps.end(), [this](const AdmissionPtr& step) {
                return m_view.isBuried(step->member) || m_view.isBuried(step->signer);
            });
        if (!own.invite || dropped) return;
        const Redemption mine{own.admitted, own.member};
        const auto at = m_redeemed.try_emplace({own.inviter, *own.invite}, mine).first;
        at->second = std::min(at->second, mine);
    }

    bool lostItsInvite(const Admission& step) const
    {
        if (!step.invite) return false;
        const auto at = m_redeemed.find({step.inviter, *step.invite});
        return at != m_redeemed.end() && at->second != Redemption{step.admitted, step.member};
    }

    bool isRevoked(const Lineage& lineage) const
    {
        const std::vector<Key> line = lineage.line();
        for (std::size_t below = 1; below < line.size(); ++below)
            for (std::size_t above = 0; above < below; ++above)
                if (m_revoked.contains({line[above], line[below]})) return true;
        return std::any_of(
            lineage.steps().begin(), lineage.steps().end(),
            [this](const AdmissionPtr& step) { return m_view.isBuried(step->signer); });
    }

    /// Who left stays away until it is admitted anew. Its guests stay.
    bool hasLeft(const Admission& own) const
    {
        const auto at = m_departures.find(own.member);
        return at != m_departures.end() && at->second >= own.admitted;
    }

    Flaw flawOf(const Lineage& lineage) const
    {
        if (isRevoked(lineage)) return Flaw::Revoked;
        const auto& steps = lineage.steps();
        const bool lost = std::any_of(steps.begin(), steps.end(),
                                      [this](const AdmissionPtr& s) { return lostItsInvite(*s); });
        if (lost) return Flaw::Duplicate;
        return hasLeft(lineage.own()) ? Flaw::Departed : Flaw::None;
    }

    /// Which of two lineages of one member counts: nobody loses by one more.
    bool isBetter(const Known& a, const Known& b) const
    {
        const auto rank = [this](const Known& one) {
            const Admission& own = one.lineage.own();
            return std::make_tuple(flawOf(one.lineage), !one.current, kMaxDepth - own.terms.depth,
                                   own.admitted, one.lineage.steps().size(), asText(own.bytes));
        };
        return rank(a) < rank(b);
    }

    void addMember(const Key& key, const std::vector<Known>& lineages)
    {
        const auto best =
            std::min_element(lineages.begin(), lineages.end(),
                             [this](const Known& a, const Known& b) { return isBetter(a, b); });
        const Flaw flaw = flawOf(best->lineage);
        Member member{key, {}, Standing::Expired, best->lineage, 0};
        if (flaw == Flaw::Revoked) member.standing = Standing::Revoked;
        if (flaw == Flaw::Departed) member.standing = Standing::Departed;
        if (flaw == Flaw::Duplicate) {
            member.standing = Standing::Duplicate;
            m_view.m_duplicates.push_back(best->lineage);
        }
        m_view.m_members.emplace(key, std::move(member));
    }

    /// The issuer's, as the certificate shows it. None: the founder, who shows nothing.
    static std::optional<Lineage> issuerLineage(const Certificate& one)
    {
        if (one.issuerLineage) return one.issuerLineage;
        const std::size_t steps = one.lineage.positionOf(one.issuer).value_or(0);
        return steps == 0 ? std::nullopt : std::optional(one.lineage.first(steps));
    }

    /// What an issuer signed before it left holds.
    bool mayVouch(const Certificate& one) const
    {
        const std::optional<Lineage> lineage = issuerLineage(one);
        if (!lineage) {
            const Member* founder = m_view.find(one.issuer);
            return founder == nullptr || founder->standing != Standing::Departed ||
                   one.issued <= m_departures.at(one.issuer);
        }
        const Flaw flaw = flawOf(*lineage);
        return flaw == Flaw::None ||
               (flaw == Flaw::Departed && one.issued <= m_departures.at(one.issuer));
    }

    void addVouching(const Certificate& one, std::int64_t expires)
    {
        if (flawOf(one.lineage) != Flaw::None || !mayVouch(one)) return;
        std::int64_t& until = m_view.m_members.at(one.lineage.member()).until;
        until = std::max(until, expires);
    }

    void settle()
    {
        for (auto& [key, member] : m_view.m_members) {
            const bool counts = member.until > m_now || key == m_view.m_founder;
            if (member.standing == Standing::Expired && counts) member.standing = Standing::Live;
        }
        const Member* founder = m_view.find(m_view.m_founder);
        m_view.m_founderLeft = founder != nullptr && founder->standing == Standing::Departed;
    }

    /// Members come before those who are none, older ones before newer ones.
    void nameAll()
    {
        using Seniority = std::tuple<bool, std::int64_t, Key>;
        std::map<Seniority, NamedKey> ordered;
        for (const auto& [key, member] : m_view.m_members) {
            const Admission& own = member.lineage.own();
            const bool gone = member.standing != Standing::Live;
            ordered[{gone, own.admitted, key}] = {key, own.nickname};
        }
        std::vector<NamedKey> keys;
        for (auto& [seniority, named] : ordered)
            keys.push_back(std::move(named));
        for (auto& [key, name] : uniqueNames(keys))
            m_view.m_members.at(key).name = std::move(name);
    }

    const Statements& m_statements;
    std::int64_t m_now;
    MembershipView m_view;
    std::set<std::pair<Key, Key>> m_revoked; ///< signer, subject
    std::map<Key, std::int64_t> m_departures;
    std::map<Key, std::vector<Known>> m_lineages;
    std::map<std::pair<Key, InviteId>, Redemption> m_redeemed; ///< by inviter and invite
};

std::string_view nameOf(Standing standing)
{
    switch (standing) {
    case Standing::Live:
        return "live";
    case Standing::Expired:
        return "expired";
    case Standing::Departed:
        return "departed";
    case Standing::Duplicate:
        return "duplicate";
    case Standing::Revoked:
        return "revoked";
    }
    return "unknown";
}

MembershipView MembershipView::of(const Ed25519PublicKey& founder, const Statements& statements,
                                  WallTime now)
{
    return ViewMaker(founder, statements, now).make();
}

const Member* MembershipView::find(const Ed25519PublicKey& key) const
{
    const auto at = m_members.find(key);
    return at == m_members.end() ? nullptr : &at->second;
}

const Member* MembershipView::findNamed(std::string_view text) const
{
    if (const Result<Ed25519PublicKey> key = wire::parseNodeId(text)) return find(*key);
    const std::string wanted = lowered(text);
    for (const auto& [key, member] : m_members)
        if (lowered(member.name) == wanted) return &member;
    return nullptr;
}

bool MembershipView::isLive(const Ed25519PublicKey& key) const
{
    if (key == m_founder) return !m_founderLeft;
    const Member* member = find(key);
    return member != nullptr && member->standing == Standing::Live;
}

bool MembershipView::mayIssue(const Ed25519PublicKey& key, unsigned depth) const
{
    if (key == m_founder) return !m_founderLeft && depth < kMaxDepth;
    const Member* member = find(key);
    if (member == nullptr || member->terms().depth <= depth) return false;
    return member->standing == Standing::Live || member->standing == Standing::Expired;
}

bool MembershipView::mayOffer(const Ed25519PublicKey& key) const
{
    if (key == m_founder) return !m_founderLeft;
    return isLive(key) && find(key)->terms().role == Role::Friend;
}

std::int64_t MembershipView::nextExpiry() const
{
    std::int64_t out = 0;
    for (const auto& [key, member] : m_members)
        if (member.standing == Standing::Live && key != m_founder &&
            (out == 0 || member.until < out))
            out = member.until;
    return out;
}

} // namespace tarn::membership
