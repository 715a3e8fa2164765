#include "core/membership/lineage.h"

#include "core/crypto/sha256.h"
#include "core/membership/statement_codec.h"

#include <algorithm>
#include <set>

namespace tarn::membership {

namespace {

constexpr std::size_t kMostKnown = 8192;

/// What the one before has given on.
Result<void> checkStep(const Admission& step, const Ed25519PublicKey& inviter, unsigned depth)
{
    if (step.isFounding()) return refusedStatement("a founder in the middle of a lineage");
    if (step.inviter != inviter) return refusedStatement("admissions that do not follow");
    if (step.terms.depth >= depth) return refusedStatement("admitted by one who may not");
    return ok();
}

} // namespace

std::vector<Ed25519PublicKey> Lineage::line() const
{
    std::vector<Ed25519PublicKey> out{root()};
    if (own().isFounding()) return out;
    for (const AdmissionPtr& step : m_steps)
        out.push_back(step->member);
    return out;
}

std::optional<std::size_t> Lineage::positionOf(const Ed25519PublicKey& key) const
{
    const std::vector<Ed25519PublicKey> all = line();
    const auto at = std::find(all.begin(), all.end(), key);
    if (at == all.end()) return std::nullopt;
    return static_cast<std::size_t>(at - all.begin());
}

bool Lineage::mentions(const Ed25519PublicKey& key) const
{
    return root() == key ||
           std::any_of(m_steps.begin(), m_steps.end(), [&key](const AdmissionPtr& step) {
               return step->member == key || step->signer == key;
           });
}

Lineage Lineage::first(std::size_t steps) const
{
    const auto end = m_steps.begin() + static_cast<std::ptrdiff_t>(std::min(steps, m_steps.size()));
    return Lineage(std::vector<AdmissionPtr>(m_steps.begin(), end));
}

bool operator==(const Lineage& a, const Lineage& b)
{
    return std::equal(
        a.m_steps.begin(), a.m_steps.end(), b.m_steps.begin(), b.m_steps.end(),
        [](const AdmissionPtr& x, const AdmissionPtr& y) { return x->bytes == y->bytes; });
}

Result<Lineage> joinLineage(const GridId& grid, std::vector<AdmissionPtr> steps)
{
    if (steps.empty() || steps.size() > kMaxDepth)
        return refusedStatement("expected a lineage of 1 to 8 admissions");
    const Ed25519PublicKey root = steps.front()->inviter;
    if (gridIdOf(root) != grid) return refusedStatement("does not begin with the founder");
    if (steps.front()->isFounding() && steps.size() == 1) return Lineage(std::move(steps));
    std::set<Ed25519PublicKey> seen{root};
    Ed25519PublicKey inviter = root;
    unsigned depth = kMaxDepth;
    for (const AdmissionPtr& step : steps) {
        TARN_TRY_VOID(checkStep(*step, inviter, depth));
        if (!seen.insert(step->member).second) return refusedStatement("a key comes twice");
        inviter = step->member;
        depth = step->terms.depth;
    }
    return Lineage(std::move(steps));
}

Result<Lineage> extendLineage(const GridId& grid, const Lineage* inviter, AdmissionPtr step)
{
    std::vector<AdmissionPtr> steps;
    if (inviter != nullptr && !inviter->own().isFounding()) steps = inviter->steps();
    steps.push_back(std::move(step));
    return joinLineage(grid, std::move(steps));
}

Result<AdmissionPtr> LineageReader::admission(ByteView bytes)
{
    const Hash256 name = crypto::sha256(bytes);
    const auto known = m_known.find(name);
    if (known != m_known.end()) return known->second;
    TARN_TRY(AdmissionPtr out, openAdmission(m_grid, bytes));
    if (m_known.size() >= kMostKnown) m_known.clear();
    m_known.emplace(name, out);
    return out;
}

Result<Lineage> LineageReader::read(std::span<const std::string_view> steps)
{
    if (steps.empty() || steps.size() > kMaxDepth)
        return refusedStatement("expected a lineage of 1 to 8 admissions");
    std::vector<AdmissionPtr> out;
    for (const std::string_view bytes : steps) {
        TARN_TRY(AdmissionPtr one, admission(asBytes(bytes)));
        out.push_back(std::move(one));
    }
    return joinLineage(m_grid, std::move(out));
}

} // namespace tarn::membership
