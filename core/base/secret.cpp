#include "core/base/secret.h"

#include <string.h>

namespace tarn {

void wipe(MutableByteView bytes) noexcept
{
    if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool constantTimeEqual(ByteView a, ByteView b) noexcept
{
    if (a.size() != b.size()) return false;
    volatile unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = difference | std::to_integer<unsigned>(a[i] ^ b[i]);
    return difference == 0;
}

Secret::Secret(ByteView bytes) : m_bytes(bytes.begin(), bytes.end()) {}

Secret::Secret(std::string_view text) : Secret(asBytes(text)) {}

Secret::~Secret()
{
    wipe(m_bytes);
}

Secret::Secret(Secret&& other) noexcept : m_bytes(std::move(other.m_bytes))
{
    other.m_bytes.clear();
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other) {
        wipe(m_bytes);
        m_bytes = std::move(other.m_bytes);
        other.m_bytes.clear();
    }
    return *this;
}

Secret zeroSecret(std::size_t size)
{
    const Bytes zeroes = zeroBytes(size);
    return Secret(ByteView(zeroes));
}

} // namespace tarn
