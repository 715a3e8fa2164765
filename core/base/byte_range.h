// byte_range: a half-open range of bytes in a file or share.
#pragma once

#include <cstdint>

namespace tarn {

/// begin <= end.
struct ByteRange
{
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t size() const { return end - begin; }
    bool empty() const { return begin == end; }
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

} // namespace tarn
