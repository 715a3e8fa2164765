// multi_hash: SHA-256d of many messages at once: in pairs with the CPU's SHA instructions, through
// libipsec-mb where it is quicker, through OpenSSL otherwise. Any thread; each thread keeps its own
// lanes.
//
// Measured on a Zen 4 core (GB/s): OpenSSL one by one 1.8; our pairs 3.4; libipsec-mb with SHA
// instructions, two messages interleaved, 3.6; its 16 AVX-512 lanes 3.6 when all are busy and 0.23
// per busy lane, on cores with full-width AVX-512 6.5. So pairs are the rule, and full sets of
// lanes go to AVX-512 on cores where it is wider.
//
// libipsec-mb hashes contiguous messages from the standard start, so a tag must stand before its
// value in memory, and each value is copied behind its tag: 3.2 GB/s where the copy stays in the
// cache, less where it does not. Our pairs need no copy: long values go to them, short ones, for
// which they have no advantage, to libipsec-mb.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/crypto/sha256_pairs.h"
#include "core/crypto/tagged_hash.h"

#include <span>
#include <string_view>
#include <variant>

namespace tarn::crypto {

enum class HashBackend {
    Evp,           ///< OpenSSL, one after another
    ShaPairs,      ///< two messages interleaved, in place
    IpsecMbAvx2,   ///< two messages interleaved with SHA-NI, 8 AVX2 lanes on CPUs without it
    IpsecMbAvx512, ///< 16 AVX-512 lanes
};

std::string_view nameOf(HashBackend backend);
/// Whether this CPU runs it and it has hashed a set of test messages right.
bool available(HashBackend backend);

/// out[i] = taggedHash(tag, inputs[i]). Any lengths; equal ones keep the lanes busiest.
/// \param out  as many as inputs.
void taggedHashMany(std::string_view tag, std::span<const ByteView> inputs, std::span<Hash256> out);

/// taggedHash of a value that comes in pieces, each of which may be hashed beside other messages:
/// then a second pass over the same bytes costs little more than one.
class TaggedStream
{
public:
    explicit TaggedStream(std::string_view tag);
    void update(ByteView piece);
    /// Once; afterwards the object may only be destroyed or assigned.
    Hash256 finish();

private:
    friend void taggedHashMany(std::string_view tag, std::span<const ByteView> inputs,
                               std::span<Hash256> out, TaggedStream& stream, ByteView piece);
    std::variant<PairedSha256, TaggedHasher> m_hash;
};

/// taggedHashMany(), and stream.update(piece) beside it.
void taggedHashMany(std::string_view tag, std::span<const ByteView> inputs, std::span<Hash256> out,
                    TaggedStream& stream, ByteView piece);

/// out[i] = SHA256(SHA256(messages[i])).
/// \param out  as many as messages.
void sha256dMany(std::span<const ByteView> messages, std::span<Hash256> out);

/// The same on a backend that is available(): for tests, each the other's oracle, and benchmarks.
void taggedHashManyOn(HashBackend backend, std::string_view tag, std::span<const ByteView> inputs,
                      std::span<Hash256> out);
void sha256dManyOn(HashBackend backend, std::span<const ByteView> messages, std::span<Hash256> out);

} // namespace tarn::crypto
