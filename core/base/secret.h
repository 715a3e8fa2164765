// secret: bytes that are wiped when they go and compared in constant time.
#pragma once

#include "core/base/bytes.h"

namespace tarn {

/// Overwrites memory so that the compiler cannot drop the writes.
void wipe(MutableByteView bytes) noexcept;

/// Time depends on the lengths only. Different lengths are unequal.
bool constantTimeEqual(ByteView a, ByteView b) noexcept;

/// Owns secret bytes: wiped, not copied by accident (clone() says so), never printed.
class Secret
{
public:
    Secret() = default;
    explicit Secret(ByteView bytes);
    explicit Secret(std::string_view text);
    ~Secret();
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;

    Secret clone() const { return Secret(view()); }
    ByteView view() const { return m_bytes; }
    MutableByteView mutableView() { return m_bytes; }
    std::size_t size() const { return m_bytes.size(); }
    bool empty() const { return m_bytes.empty(); }
    bool matches(ByteView other) const { return constantTimeEqual(m_bytes, other); }

private:
    Bytes m_bytes;
};

/// As many bytes as the source has, of zeroes, to be filled in place.
Secret zeroSecret(std::size_t size);

} // namespace tarn
