#include "core/codec/base64.h"

#include <array>

namespace tarn::codec {

namespace {

constexpr std::uint8_t kForeign = 0xff;

struct Alphabet
{
    std::array<char, 64> characters{};
    std::array<std::uint8_t, 256> values{};

    constexpr Alphabet(char plus, char slash)
    {
        constexpr std::string_view kCommon =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        for (std::size_t i = 0; i < kCommon.size(); ++i)
            characters[i] = kCommon[i];
        characters[62] = plus;
        characters[63] = slash;
        values.fill(kForeign);
        for (std::size_t i = 0; i < characters.size(); ++i)
            values[static_cast<unsigned char>(characters[i])] = static_cast<std::uint8_t>(i);
    }
    unsigned valueOf(char character) const { return values[static_cast<unsigned char>(character)]; }
};

constexpr Alphabet kStandard('+', '/');
constexpr Alphabet kUrl('-', '_');

Error refused(const std::string& why)
{
    return Error(ErrorCode::InvalidInput, "base64: " + why);
}

std::string encode(const Alphabet& alphabet, ByteView bytes, bool padded)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = (group << 8U) | (j < count ? std::to_integer<unsigned>(bytes[i + j]) : 0U);
        for (std::size_t j = 0; j <= count; ++j)
            out.push_back(alphabet.characters[(group >> (18 - 6 * j)) & 63U]);
        if (padded) out.append(3 - count, '=');
    }
    return out;
}

/// Appends the 1 to 3 bytes of a group of 2 to 4 characters.
/// \return false: unused bits of the last character are set.
bool appendGroup(Bytes& out, unsigned group, std::size_t characters)
{
    group <<= 6 * (4 - characters);
    for (std::size_t j = 0; j + 1 < characters; ++j)
        out.push_back(static_cast<std::byte>((group >> (16 - 8 * j)) & 0xffU));
    return (group & ((1U << (8 * (4 - characters))) - 1)) == 0;
}

Result<Bytes> decodeUnpadded(const Alphabet& alphabet, std::string_view text)
{
    if (text.size() % 4 == 1) return refused("impossible length " + std::to_string(text.size()));
    Bytes out;
    out.reserve(text.size() / 4 * 3 + 2);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const std::size_t count = std::min<std::size_t>(4, text.size() - i);
        unsigned group = 0;
        for (std::size_t j = 0; j < count; ++j) {
            const unsigned value = alphabet.valueOf(text[i + j]);
            if (value == kForeign)
                return refused("character " + std::to_string(i + j + 1) +
                               " is not in the alphabet");
            group = (group << 6U) | value;
        }
        if (!appendGroup(out, group, count))
            return refused("the last character has unused bits set");
    }
    return out;
}

Result<Bytes> decodePadded(const Alphabet& alphabet, std::string_view text)
{
    if (text.size() % 4 != 0) return refused("length is not a multiple of 4");
    if (text.ends_with("==")) {
        text.remove_suffix(2);
    } else if (text.ends_with('=')) {
        text.remove_suffix(1);
    }
    return decodeUnpadded(alphabet, text);
}

} // namespace

std::string encodeBase64(ByteView bytes)
{
    return encode(kStandard, bytes, true);
}

Result<Bytes> decodeBase64(std::string_view text)
{
    return decodePadded(kStandard, text);
}

Result<Bytes> decodeBase64Lenient(std::string_view text)
{
    Bytes out;
    unsigned group = 0;
    std::size_t count = 0;
    std::size_t pads = 0;
    for (const char character : text) {
        if (character == '=') {
            if (count < 2) continue;
            if (count + ++pads < 4) continue;
            appendGroup(out, group, count);
            return out;
        }
        const unsigned value = kStandard.valueOf(character);
        if (value == kForeign) continue;
        pads = 0;
        group = (group << 6U) | value;
        if (++count < 4) continue;
        appendGroup(out, group, count);
        group = 0;
        count = 0;
    }
    if (count != 0) return refused("the last group is incomplete");
    return out;
}

std::string encodeBase64Url(ByteView bytes)
{
    return encode(kUrl, bytes, false);
}

Result<Bytes> decodeBase64Url(std::string_view text)
{
    return decodeUnpadded(kUrl, text);
}

std::string encodeBase64UrlPadded(ByteView bytes)
{
    return encode(kUrl, bytes, true);
}

Result<Bytes> decodeBase64UrlPadded(std::string_view text)
{
    return decodePadded(kUrl, text);
}

} // namespace tarn::codec
