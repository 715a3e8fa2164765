// rsa_generation: makes an RSA key, or stops in the middle. Any thread.
#pragma once

#include "core/crypto/rsa.h"

#include <atomic>

namespace tarn::crypto {

/// As RsaKey::generateBlocking().
/// \param giveUp  looked at every few milliseconds of work.
/// \return Cancelled: it was set.
Result<RsaKey> generateRsaKeyBlocking(const std::atomic<bool>& giveUp);

} // namespace tarn::crypto
