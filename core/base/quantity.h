// quantity: sizes, times and addresses as people write them in configuration and on command lines.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn {

/// A numeric address and a port; never a name, so that nothing here can cause a DNS query.
struct HostPort
{
    std::string host; ///< "127.0.0.1", "::1" (without brackets)
    std::uint16_t port = 0;
    friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// "127.0.0.1:80", "[::1]:80". Port 0 is accepted: "pick a free one".
/// \return InvalidInput: a name, a missing port, brackets missing around IPv6.
Result<HostPort> parseHostPort(std::string_view text);
std::string textOf(const HostPort& address);

/// A whole number of bytes: "4096", "1 GB" (10^9), "500 MiB" (2^20), "10G" (as tahoe.cfg has it).
/// Units k, M, G, T, P, E in any case, alone or followed by B or iB, and B.
/// \return InvalidInput: fractions, signs, other units, more than 2^64 - 1.
Result<std::uint64_t> parseByteSize(std::string_view text);
/// The shortest exact form that parseByteSize() reads: "1 GB", "1 MiB", "4097".
std::string byteSizeText(std::uint64_t bytes);
/// Rounded, for people: "1.2 MB" in powers of 1000.
std::string humanSize(std::uint64_t bytes);

/// A whole number and ms, s, min, h or d: "500 ms", "12 h".
/// \return InvalidInput: no unit, another unit, more than 100 years.
Result<Duration> parseDuration(std::string_view text);
/// The largest unit that is exact: "2 min", "90 s"; what is below 1 ms is cut off.
std::string durationText(Duration duration);

} // namespace tarn
