// large_strings: tells the large byte strings of a CBOR body from the rest while the body arrives,
// so that they can go elsewhere at once. In their place the rest gets a string of one byte.
// Pure. Source: RFC 8949, section 3: items follow each other, whatever they mean; so nothing but
// heads and lengths is looked at, and what is malformed stays so for the decoder of the rest.
#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tarn::storage {

struct BodyPart
{
    enum class Kind {
        Rest,  ///< `bytes` as they came
        Begin, ///< of a large string: `bytes` take its place in the rest
        Data,  ///< of the string that began last
    };
    Kind kind = Kind::Rest;
    ByteView bytes;         ///< of the input or of the splitter; until its next call
    std::uint64_t size = 0; ///< Begin: of the string
    /// Begin: the value under "offset" in a map whose "data" this is, if the keys came so.
    std::optional<std::uint64_t> offset;
};

class LargeStrings
{
public:
    /// What stands for a large string in the rest: its one byte is the last.
    static constexpr std::array<std::byte, 2> kStandIn{std::byte{0x41}, std::byte{0}};

    /// Strings of `least` to `most` bytes are large, the first kMostStrings of them, but for chunks
    /// of indefinite ones.
    LargeStrings(std::uint64_t least, std::uint64_t most) : m_least(least), m_most(most) {}

    static constexpr std::size_t kMostStrings = 65536;

    /// Takes the next part off `input`, which is not empty. The part may be empty.
    BodyPart next(ByteView& input);
    /// Bytes of a head that has not come whole, or of a large string: it is malformed if the body
    /// ends here.
    bool inTheMiddle() const { return m_large > 0 || m_headSize > 0; }

private:
    struct Head
    {
        unsigned major = 0;
        unsigned info = 0;
        std::uint64_t value = 0;
    };
    static std::size_t headSize(std::byte first);
    static Head parse(ByteView bytes);
    bool isLarge(const Head& head) const;
    void pass(const Head& head);
    void passString(ByteView bytes);
    BodyPart beginLarge(const Head& head);
    BodyPart finishHead(ByteView& input);

    std::uint64_t m_least;
    std::uint64_t m_most;
    std::size_t m_found = 0;
    std::uint64_t m_large = 0;  ///< bytes of a large string to come
    std::uint64_t m_string = 0; ///< of another string
    bool m_chunks = false;      ///< in an indefinite string
    std::array<std::byte, 9> m_head{};
    std::size_t m_headSize = 0; ///< bytes of a head that is still to come whole
    bool m_inKey = false;       ///< `m_string` is a text that may be a key of interest
    std::string m_key;          ///< the last short text
    std::optional<std::uint64_t> m_offset;
};

} // namespace tarn::storage
