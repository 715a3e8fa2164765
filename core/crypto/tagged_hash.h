// tagged_hash: SHA-256d under a tag, so that hashes of different meaning never meet. Any thread.
// Source: Tahoe-LAFS hashutil.py. ns(x) = decimal length ":" x ",".
//   taggedHash(t, v)        = SHA256d( ns(t) || v )
//   taggedPairHash(t, a, b) = SHA256d( ns(t) || ns(a) || ns(b) )
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/crypto/sha256.h"

#include <cstddef>
#include <string_view>

namespace tarn::crypto {

Hash256 taggedHash(std::string_view tag, ByteView value);
Hash256 taggedPairHash(std::string_view tag, ByteView a, ByteView b);

/// taggedHash of a value that comes in pieces.
class TaggedHasher
{
public:
    explicit TaggedHasher(std::string_view tag);
    void update(ByteView piece) { m_hash.update(piece); }
    /// Once; afterwards the object may only be destroyed or assigned.
    Hash256 finish() { return m_hash.finishDoubled(); }

private:
    Sha256 m_hash;
};

/// Length of ns(tag).
std::size_t tagPrefixSize(std::string_view tag);
/// Writes ns(tag) to the front of `to`, which must be that long: for messages that are put
/// together by hand for sha256dMany() of multi_hash.h.
void writeTagPrefix(MutableByteView to, std::string_view tag);

} // namespace tarn::crypto
