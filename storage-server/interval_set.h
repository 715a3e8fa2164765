// interval_set: which bytes of an upload have arrived. Pure.
#pragma once

#include "core/storage_api/share_store.h"

#include <map>
#include <vector>

namespace tarn::storage {

/// Disjoint half-open ranges; ranges that touch are one.
class IntervalSet
{
public:
    void add(storage_api::ByteRange range);
    /// The parts of `within` that are in the set, ascending.
    std::vector<storage_api::ByteRange> presentIn(storage_api::ByteRange within) const;
    /// The parts of `within` that are not, ascending.
    std::vector<storage_api::ByteRange> missingIn(storage_api::ByteRange within) const;
    /// How many separate ranges there are.
    std::size_t count() const { return m_ends.size(); }

private:
    std::map<std::uint64_t, std::uint64_t> m_ends; ///< begin -> end
};

} // namespace tarn::storage
