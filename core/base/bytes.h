// bytes: owned and lent byte ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tarn {

/// std::allocator whose value-less construct leaves the bytes as they are: buffers that are about
/// to be filled are not zeroed first.
template <class T>
struct UninitializedAllocator : std::allocator<T>
{
    template <class U>
    struct rebind
    {
        using other = UninitializedAllocator<U>;
    };
    UninitializedAllocator() = default;
    template <class U>
    UninitializedAllocator(const UninitializedAllocator<U>& /*other*/) noexcept
    {
    }
    template <class U>
    void construct(U* place) noexcept
    {
        ::new (static_cast<void*>(place)) U;
    }
    template <class U, class... Args>
    void construct(U* place, Args&&... args)
    {
        ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
    }
};

/// Owns bytes. Bytes(n) and resize(n) do NOT zero; zeroBytes(n) does. Its loops over single bytes
/// are compiled once, optimized in every build.
using Bytes = std::vector<std::byte, UninitializedAllocator<std::byte>>;
/// Lends bytes for the duration of a call (or of an awaited operation).
using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

inline Bytes zeroBytes(std::size_t count)
{
    return Bytes(count, std::byte{0});
}

inline ByteView asBytes(std::string_view text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view asText(ByteView bytes)
{
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// A copy. Through memcpy: the allocator's construct would copy byte by byte.
inline Bytes toBytes(ByteView bytes)
{
    Bytes out(bytes.size());
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

inline Bytes toBytes(std::string_view text)
{
    return toBytes(asBytes(text));
}

inline std::string textOf(ByteView bytes)
{
    return std::string(asText(bytes));
}

/// `more` must not lie in `to`.
inline void append(Bytes& to, ByteView more)
{
    if (more.empty()) return;
    const std::size_t size = to.size();
    if (size + more.size() > to.capacity()) {
        Bytes larger;
        larger.reserve(size + (more.size() > size ? more.size() : size));
        larger.resize(size);
        if (size > 0) std::memcpy(larger.data(), to.data(), size);
        to.swap(larger);
    }
    to.resize(size + more.size());
    std::memcpy(to.data() + size, more.data(), more.size());
}

/// Not constant time: for secrets see secret.h.
inline bool equal(ByteView a, ByteView b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// Big-endian integers, the byte order of every Tahoe format. `at` must lie inside.
template <class UInt>
UInt loadBig(ByteView bytes, std::size_t at)
{
    UInt value = 0;
    for (std::size_t i = 0; i < sizeof(UInt); ++i)
        value = static_cast<UInt>((value << 8U) | std::to_integer<UInt>(bytes[at + i]));
    return value;
}

template <class UInt>
void storeBig(MutableByteView bytes, std::size_t at, UInt value)
{
    for (std::size_t i = sizeof(UInt); i-- > 0;) {
        bytes[at + i] = static_cast<std::byte>(value & 0xffU);
        value = static_cast<UInt>(static_cast<std::uint64_t>(value) >> 8U);
    }
}

template <class UInt>
void appendBig(Bytes& to, UInt value)
{
    const std::size_t at = to.size();
    to.resize(at + sizeof(UInt));
    storeBig<UInt>(to, at, value);
}

/// Lower-case hexadecimal, for logs and documents.
std::string toHex(ByteView bytes);

} // namespace tarn

extern template class std::vector<std::byte, tarn::UninitializedAllocator<std::byte>>;
