#include "profiles/friendnet/default_gateway.h"

#include <bit>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace tarn::profiles {

namespace {

constexpr unsigned long kUpAndGateway = 0x3;
constexpr std::size_t kMostBytes = 1U << 20U;

struct Row
{
    std::string interface;
    std::uint32_t destination = 0;
    std::uint32_t gateway = 0;
    unsigned long flags = 0;
    unsigned long metric = 0;
    std::uint32_t mask = 0;
};

std::optional<Row> rowOf(const std::string& line)
{
    std::istringstream in(line);
    Row out;
    std::string references;
    std::string used;
    in >> out.interface >> std::hex >> out.destination >> out.gateway >> out.flags;
    in >> references >> used >> std::dec >> out.metric >> std::hex >> out.mask;
    return in ? std::optional(out) : std::nullopt;
}

/// Numbers stand there as they lie in memory.
asio::ip::address addressOf(std::uint32_t inMemory)
{
    static_assert(std::endian::native == std::endian::little);
    const std::uint32_t value = ((inMemory & 0xffU) << 24U) | ((inMemory & 0xff00U) << 8U) |
                                ((inMemory >> 8U) & 0xff00U) | (inMemory >> 24U);
    return asio::ip::address_v4(value);
}

} // namespace

std::optional<asio::ip::address> gatewayIn(std::string_view routes)
{
    std::optional<Row> best;
    std::istringstream lines{std::string(routes)};
    for (std::string line; std::getline(lines, line);) {
        const std::optional<Row> row = rowOf(line);
        const bool fits = row && row->destination == 0 && row->mask == 0 && row->gateway != 0 &&
                          (row->flags & kUpAndGateway) == kUpAndGateway;
        if (fits && (!best || row->metric < best->metric)) best = row;
    }
    if (!best) return std::nullopt;
    return addressOf(best->gateway);
}

std::optional<asio::ip::address> defaultGatewayBlocking()
{
    std::ifstream file("/proc/net/route");
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (text.size() > kMostBytes) return std::nullopt;
    return gatewayIn(text);
}

} // namespace tarn::profiles
