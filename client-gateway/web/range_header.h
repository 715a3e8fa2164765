// range_header: the Range header as the gateway honours it. Pure.
// Source: spec 08 section 3 (first range of several; what does not parse is ignored).
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace tarn::gateway::web {

/// Answer 200 with everything.
struct WholeFile
{
    friend bool operator==(const WholeFile&, const WholeFile&) = default;
};

/// Answer 206 with the bytes first..last, both included, last < size.
struct PartOfFile
{
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend bool operator==(const PartOfFile&, const PartOfFile&) = default;
};

/// Answer 416.
struct BeyondEnd
{
    friend bool operator==(const BeyondEnd&, const BeyondEnd&) = default;
};

using RangeAnswer = std::variant<WholeFile, PartOfFile, BeyondEnd>;

/// \param header  value of the Range header.  \param size  of the file, bytes.
RangeAnswer answerRange(std::string_view header, std::uint64_t size);

} // namespace tarn::gateway::web
