// ids: strong types for the things that look like other things.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>

namespace tarn {

/// Exactly N bytes that mean one thing. Zero when default-constructed.
template <class Tag, std::size_t N>
class FixedBytes
{
public:
    static constexpr std::size_t kSize = N;

    FixedBytes() = default;
    /// InvalidInput unless exactly N bytes long.
    static Result<FixedBytes> from(ByteView bytes)
    {
        if (bytes.size() != N) {
            return Error(ErrorCode::InvalidInput, "expected " + std::to_string(N) + " bytes, got " +
                                                      std::to_string(bytes.size()));
        }
        FixedBytes out;
        std::copy(bytes.begin(), bytes.end(), out.m_bytes.begin());
        return out;
    }
    /// The first N bytes of `bytes`, which must be that long.
    static FixedBytes prefixOf(ByteView bytes)
    {
        TARN_ASSERT(bytes.size() >= N);
        FixedBytes out;
        std::copy_n(bytes.begin(), N, out.m_bytes.begin());
        return out;
    }

    ByteView view() const { return m_bytes; }
    operator ByteView() const { return m_bytes; }
    MutableByteView mutableView() { return m_bytes; }
    friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

private:
    std::array<std::byte, N> m_bytes{};
};

/// The same for keys and lease secrets: wiped on destruction, compared in constant time.
template <class Tag, std::size_t N>
class FixedSecret
{
public:
    static constexpr std::size_t kSize = N;

    FixedSecret() = default;
    FixedSecret(const FixedSecret&) = default;
    FixedSecret& operator=(const FixedSecret&) = default;
    ~FixedSecret() { wipe(m_bytes); }
    static Result<FixedSecret> from(ByteView bytes)
    {
        if (bytes.size() != N) {
            return Error(ErrorCode::InvalidInput, "expected a secret of " + std::to_string(N) +
                                                      " bytes, got " +
                                                      std::to_string(bytes.size()));
        }
        return prefixOf(bytes);
    }
    static FixedSecret prefixOf(ByteView bytes)
    {
        TARN_ASSERT(bytes.size() >= N);
        FixedSecret out;
        std::copy_n(bytes.begin(), N, out.m_bytes.begin());
        return out;
    }

    ByteView view() const { return m_bytes; }
    MutableByteView mutableView() { return m_bytes; }
    friend bool operator==(const FixedSecret& a, const FixedSecret& b)
    {
        return constantTimeEqual(a.m_bytes, b.m_bytes);
    }

private:
    std::array<std::byte, N> m_bytes{};
};

/// SHA-256d output of any tagged hash.
using Hash256 = FixedBytes<struct Hash256Tag, 32>;
using StorageIndex = FixedBytes<struct StorageIndexTag, 16>;
/// The 20-byte id of a server from which lease secrets and write enablers are derived (spec 10).
using TubId = FixedBytes<struct TubIdTag, 20>;
/// AES-128 key of a file, as read capabilities carry it.
using FileKey = FixedSecret<struct FileKeyTag, 16>;
using LeaseSecret = FixedSecret<struct LeaseSecretTag, 32>;

/// Which of the N shares of a file.
struct ShareNumber
{
    std::uint32_t value = 0;
    friend auto operator<=>(const ShareNumber&, const ShareNumber&) = default;
};

/// Which segment of a file, from 0.
struct SegmentNumber
{
    std::uint64_t value = 0;
    friend auto operator<=>(const SegmentNumber&, const SegmentNumber&) = default;
};

} // namespace tarn

template <class Tag, std::size_t N>
struct std::hash<tarn::FixedBytes<Tag, N>>
{
    std::size_t operator()(const tarn::FixedBytes<Tag, N>& id) const noexcept
    {
        return std::hash<std::string_view>{}(tarn::asText(id.view()));
    }
};
