// What is taken for a preamble prints as the same bytes.
#include "core/net/preamble.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
    const Result<net::Preamble> preamble = net::parsePreamble(bytes);
    if (!preamble) return 0;
    const auto again = net::formatPreamble(*preamble);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
    return 0;
}
