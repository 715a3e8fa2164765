#include "core/base/bytes.h"

namespace tarn {

std::string toHex(ByteView bytes)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte value : bytes) {
        text.push_back(kDigits[std::to_integer<std::size_t>(value >> 4U)]);
        text.push_back(kDigits[std::to_integer<std::size_t>(value & std::byte{0x0f})]);
    }
    return text;
}

} // namespace tarn

template class std::vector<std::byte, tarn::UninitializedAllocator<std::byte>>;
