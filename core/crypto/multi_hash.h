// multi_hash: SHA-256d of many messages at once, through libipsec-mb where CPU and library allow,
// through OpenSSL otherwise. Any thread; each thread keeps its own lanes.
//
// Measured on a Zen 4 core (GB/s): OpenSSL one by one 1.8; libipsec-mb with SHA-NI, two messages
// interleaved, 3.5; its 16 AVX-512 lanes 3.6 when all are busy and 0.23 per busy lane, on cores
// with full-width AVX-512 6.5. So pairs are the rule, and full sets of lanes go to AVX-512 on cores
// where it is wider.
//
// libipsec-mb hashes contiguous messages from the standard start, so a tag must stand before its
// value in memory. taggedHashMany() copies each value behind its tag (3.2 GB/s instead of 3.6:
// the copies in flight stay in the cache). Who can leave room in front of the values writes the
// prefix there with writeTagPrefix() and calls sha256dMany() without any copy.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"

#include <span>
#include <string_view>

namespace tarn::crypto {

enum class HashBackend {
    Evp,           ///< OpenSSL, one after another
    IpsecMbAvx2,   ///< two messages interleaved with SHA-NI, 8 AVX2 lanes on CPUs without it
    IpsecMbAvx512, ///< 16 AVX-512 lanes
};

std::string_view nameOf(HashBackend backend);
/// Whether this CPU runs it and it has hashed a set of test messages right.
bool available(HashBackend backend);

/// out[i] = taggedHash(tag, inputs[i]). Any lengths; equal ones keep the lanes busiest.
/// \param out  as many as inputs.
void taggedHashMany(std::string_view tag, std::span<const ByteView> inputs, std::span<Hash256> out);

/// out[i] = SHA256(SHA256(messages[i])).
/// \param out  as many as messages.
void sha256dMany(std::span<const ByteView> messages, std::span<Hash256> out);

/// The same on a backend that is available(): for tests, each the other's oracle, and benchmarks.
void taggedHashManyOn(HashBackend backend, std::string_view tag, std::span<const ByteView> inputs,
                      std::span<Hash256> out);
void sha256dManyOn(HashBackend backend, std::span<const ByteView> messages, std::span<Hash256> out);

} // namespace tarn::crypto
