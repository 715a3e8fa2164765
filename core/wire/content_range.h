// content_range: the byte ranges of GBS requests and answers. Pure, any thread.
// Source: RFC 9110 section 14, as narrowed by the spec of the HTTP storage protocol, sections 5, 6.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::wire {

/// "bytes=A-B": one range with both ends. Half-open in the result, never empty.
/// \return InvalidInput for a 416: everything else that HTTP knows, and what it does not.
Result<ByteRange> parseRange(std::string_view header);
/// \param range  not empty.
std::string rangeHeader(ByteRange range);

/// "bytes A-B/*" or "bytes A-B/TOTAL". Never empty.
/// \return InvalidInput for a 416.  Unsupported: "bytes */...", which names no range.
Result<ByteRange> parseContentRange(std::string_view header);
/// \param range  not empty.
std::string contentRangeHeader(ByteRange range, std::optional<std::uint64_t> total);

} // namespace tarn::wire
