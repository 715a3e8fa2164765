// check: assertions about our own code. Input from outside never reaches one.
#pragma once

namespace tarn::detail {
[[noreturn]] void assertionFailed(const char* expression, const char* file, int line);
void assumptionFailed(const char* expression, const char* file, int line);
} // namespace tarn::detail

/// Always on: aborts, because going on would be unsafe.
#define TARN_ASSERT(expression)                                                                    \
    (static_cast<bool>(expression)                                                                 \
         ? static_cast<void>(0)                                                                    \
         : ::tarn::detail::assertionFailed(#expression, __FILE__, __LINE__))

/// Aborts in debug builds, is logged in release builds.
#define TARN_ASSUME(expression)                                                                    \
    (static_cast<bool>(expression)                                                                 \
         ? static_cast<void>(0)                                                                    \
         : ::tarn::detail::assumptionFailed(#expression, __FILE__, __LINE__))
