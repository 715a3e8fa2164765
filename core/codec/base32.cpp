#include "core/codec/base32.h"

#include <array>

namespace tarn::codec {

namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::uint8_t kForeign = 0xff;

constexpr std::array<std::uint8_t, 256> makeValues()
{
    std::array<std::uint8_t, 256> values{};
    values.fill(kForeign);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}

constexpr std::array<std::uint8_t, 256> kValues = makeValues();

/// Low bits of the last character that carry no data, by length modulo 8.
constexpr std::array<unsigned, 8> kUnusedBits{0, 0, 2, 0, 4, 1, 0, 3};

Error refused(const std::string& why)
{
    return Error(ErrorCode::InvalidInput, "base32: " + why);
}

Result<Bytes> decode(std::string_view text, bool lax)
{
    const std::size_t rest = text.size() % 8;
    if (rest == 1 || rest == 3 || rest == 6)
        return refused("impossible length " + std::to_string(text.size()));
    Bytes out(text.size() * 5 / 8);
    std::size_t filled = 0;
    unsigned bits = 0;
    unsigned window = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned value = kValues[static_cast<unsigned char>(text[i])];
        if (value == kForeign)
            return refused("character " + std::to_string(i + 1) + " is not one of a-z2-7");
        window = ((window << 5U) | value) & 0xfffU; // 7 pending bits and 5 new ones
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        out[filled++] = static_cast<std::byte>((window >> bits) & 0xffU);
    }
    // Tahoe-LAFS checks the unused bits but for the highest of them.
    const unsigned unused = kUnusedBits[rest];
    const unsigned checked = lax && unused > 0 ? unused - 1 : unused;
    const unsigned mask = (1U << checked) - 1;
    if ((window & mask) != 0) return refused("the last character has unused bits set");
    return out;
}

} // namespace

std::string encodeBase32(ByteView bytes)
{
    std::string out;
    out.reserve((bytes.size() * 8 + 4) / 5);
    unsigned bits = 0;
    unsigned window = 0;
    for (const std::byte byte : bytes) {
        window = ((window << 8U) | std::to_integer<unsigned>(byte)) & 0xfffU; // 4 + 8 bits
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out.push_back(kAlphabet[(window >> bits) & 31U]);
        }
    }
    if (bits > 0) out.push_back(kAlphabet[(window << (5 - bits)) & 31U]);
    return out;
}

Result<Bytes> decodeBase32(std::string_view text)
{
    return decode(text, false);
}

Result<Bytes> decodeBase32Lax(std::string_view text)
{
    return decode(text, true);
}

} // namespace tarn::codec
