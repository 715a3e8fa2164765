#include "core/codec/utf8.h"

#include <algorithm>

namespace tarn::codec {

namespace {

/// The continuation bytes after `lead`, and the range of the first of them, which is what shuts
/// out overlong forms, surrogates and too large numbers.
struct Sequence
{
    std::size_t continuations = 0;
    unsigned least = 0x80;
    unsigned most = 0xbf;
};

/// Valid only for leads above 0x7f; one that begins nothing has an empty range.
Sequence sequenceOf(unsigned lead)
{
    if (lead >= 0xc2 && lead <= 0xdf) return {1};
    if (lead == 0xe0) return {2, 0xa0, 0xbf};
    if (lead == 0xed) return {2, 0x80, 0x9f};
    if (lead >= 0xe1 && lead <= 0xef) return {2};
    if (lead == 0xf0) return {3, 0x90, 0xbf};
    if (lead >= 0xf1 && lead <= 0xf3) return {3};
    if (lead == 0xf4) return {3, 0x80, 0x8f};
    return {1, 1, 0};
}

bool isWithin(std::byte byte, unsigned least, unsigned most)
{
    const unsigned value = std::to_integer<unsigned>(byte);
    return value >= least && value <= most;
}

} // namespace

bool isUtf8(ByteView bytes)
{
    while (!bytes.empty()) {
        const unsigned lead = std::to_integer<unsigned>(bytes[0]);
        bytes = bytes.subspan(1);
        if (lead < 0x80) continue;
        const Sequence sequence = sequenceOf(lead);
        if (bytes.size() < sequence.continuations) return false;
        if (!isWithin(bytes[0], sequence.least, sequence.most)) return false;
        const ByteView others = bytes.first(sequence.continuations).subspan(1);
        if (!std::all_of(others.begin(), others.end(),
                         [](std::byte byte) { return isWithin(byte, 0x80, 0xbf); }))
            return false;
        bytes = bytes.subspan(sequence.continuations);
    }
    return true;
}

} // namespace tarn::codec
