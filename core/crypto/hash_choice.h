// hash_choice: which way of hashing many messages is quickest here. For multi_hash.cpp only.
#pragma once

#include "core/crypto/multi_hash.h"

#include <cstddef>

namespace tarn::crypto {

/// How many messages from the front to hash, and on what.
struct HashShare
{
    HashBackend backend = HashBackend::Evp;
    std::size_t count = 0;
};

/// \param count  messages that are left, at least 1.  \param longest  bytes of the longest one.
/// The same answer for the same CPU.
HashShare bestShare(std::size_t count, std::size_t longest);

} // namespace tarn::crypto
