// lineage: the admissions that lead from a grid's founder to one member: its proof of membership
// and who answers for it. Pure; a reader belongs to one thread.
// Source: design.md section 7; core/doc/protocol/membership.md.
#pragma once

#include "core/membership/admission.h"

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tarn::membership {

/// Never empty; only joinLineage() and LineageReader make them.
class Lineage
{
public:
    const std::vector<AdmissionPtr>& steps() const { return m_steps; }
    const Admission& own() const { return *m_steps.back(); }
    const Ed25519PublicKey& member() const { return own().member; }
    const Ed25519PublicKey& root() const { return m_steps.front()->inviter; }
    /// The founder, then one member per step.
    std::vector<Ed25519PublicKey> line() const;
    /// In line(). \return none: it is not there.
    std::optional<std::size_t> positionOf(const Ed25519PublicKey& key) const;
    /// All of line(), and delegates who signed.
    bool mentions(const Ed25519PublicKey& key) const;
    /// The lineage of a member on the way: of the first `steps` admissions; 1 to all.
    Lineage first(std::size_t steps) const;

    friend bool operator==(const Lineage& a, const Lineage& b);

private:
    friend Result<Lineage> joinLineage(const GridId& grid, std::vector<AdmissionPtr> steps);
    explicit Lineage(std::vector<AdmissionPtr> steps) : m_steps(std::move(steps)) {}

    std::vector<AdmissionPtr> m_steps;
};

/// \param steps  the founder's own admission alone, or from the first that the founder made on.
/// \return InvalidInput: they do not follow from one another, somebody gave what it did not have,
///         or a key comes twice.
Result<Lineage> joinLineage(const GridId& grid, std::vector<AdmissionPtr> steps);
/// The lineage of the one whom `inviter`'s member let in; null: the founder.
Result<Lineage> extendLineage(const GridId& grid, const Lineage* inviter, AdmissionPtr step);

/// Reads lineages, and each admission's signature only once.
class LineageReader
{
public:
    explicit LineageReader(const GridId& grid) : m_grid(grid) {}

    const GridId& grid() const { return m_grid; }
    /// \param steps  SignedRecords. \return InvalidInput, Corrupt.
    Result<Lineage> read(std::span<const std::string_view> steps);

private:
    Result<AdmissionPtr> admission(ByteView bytes);

    GridId m_grid;
    std::unordered_map<Hash256, AdmissionPtr> m_known; ///< by the hash of its bytes
};

} // namespace tarn::membership
