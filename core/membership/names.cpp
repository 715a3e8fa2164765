#include "core/membership/names.h"

#include "core/codec/base32.h"
#include "core/codec/utf8.h"

#include <algorithm>
#include <array>
#include <set>

namespace tarn::membership {

namespace {

struct Range
{
    std::uint32_t first;
    std::uint32_t last;
};

/// Control characters, those without a shape, those that change the direction of a line.
constexpr std::array<Range, 14> kForbidden{{{0x00, 0x1f},
                                            {0x2f, 0x2f},
                                            {0x7f, 0x9f},
                                            {0xad, 0xad},
                                            {0x61c, 0x61c},
                                            {0x115f, 0x1160},
                                            {0x180b, 0x180f},
                                            {0x200b, 0x200f},
                                            {0x2028, 0x202e},
                                            {0x2060, 0x206f},
                                            {0x3164, 0x3164},
                                            {0xfeff, 0xfeff},
                                            {0xfff0, 0xfffb},
                                            {0xe0000, 0xe0fff}}};

bool isForbidden(std::uint32_t character)
{
    return std::any_of(kForbidden.begin(), kForbidden.end(), [character](Range range) {
        return character >= range.first && character <= range.last;
    });
}

/// The characters of well-formed UTF-8.
std::vector<std::uint32_t> charactersOf(std::string_view text)
{
    std::vector<std::uint32_t> out;
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x80)
            out.push_back(byte);
        else if (byte < 0xc0)
            out.back() = (out.back() << 6U) | (byte & 0x3fU);
        else if (byte < 0xe0)
            out.push_back(byte & 0x1fU);
        else if (byte < 0xf0)
            out.push_back(byte & 0x0fU);
        else
            out.push_back(byte & 0x07U);
    }
    return out;
}

std::string folded(std::string_view name)
{
    std::string out(name);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

} // namespace

Result<void> checkName(std::string_view what, std::string_view name)
{
    const auto refused = [what](const std::string& why) {
        return Error(ErrorCode::InvalidInput, std::string(what) + ": " + why);
    };
    if (name.empty() || name.size() > kMaxNameBytes || !codec::isUtf8(asBytes(name)))
        return refused("expected 1 to 64 bytes of UTF-8");
    if (name.front() == ' ' || name.back() == ' ')
        return refused("a space at its beginning or end");
    const std::vector<std::uint32_t> characters = charactersOf(name);
    if (std::any_of(characters.begin(), characters.end(), isForbidden))
        return refused("a character that names may not have");
    if (folded(name).starts_with("v0-")) return refused("\"v0-\" begins the name of a key");
    return ok();
}

std::map<Ed25519PublicKey, std::string> uniqueNames(const std::vector<NamedKey>& keys)
{
    constexpr std::size_t shortest = 4;
    std::map<Ed25519PublicKey, std::string> out;
    std::set<std::string> taken;
    for (const NamedKey& one : keys) {
        const std::string keyText = codec::encodeBase32(one.key.view());
        std::string name = one.name;
        for (std::size_t length = shortest; !taken.insert(folded(name)).second; ++length) {
            name = one.name + " (" + keyText.substr(0, length) + ")";
            if (length > keyText.size()) name += " #" + std::to_string(length);
        }
        out.emplace(one.key, std::move(name));
    }
    return out;
}

} // namespace tarn::membership
