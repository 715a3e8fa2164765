#include "client-gateway/dirs/manifest.h"

#include "core/codec/base32.h"

namespace tarn::gateway {

std::string capTextOf(const cap::Node& node)
{
    if (const auto* known = std::get_if<cap::Cap>(&node)) return cap::printCap(*known);
    const auto& unknown = std::get<cap::UnknownNode>(node);
    return unknown.rw ? *unknown.rw : unknown.ro.value_or("");
}

void Manifest::add(const VisitedNode& visited)
{
    stats.add(visited);
    entries.push_back(Entry{visited.path, capTextOf(visited.node)});
    const auto* known = std::get_if<cap::Cap>(&visited.node);
    if (known == nullptr) return;
    if (const auto verify = cap::verifyOf(*known)) verifyCaps.insert(cap::printCap(*verify));
    if (const auto index = cap::storageIndexOf(*known))
        storageIndexes.insert(codec::encodeBase32(*index));
}

} // namespace tarn::gateway
