#include "core/net/preamble.h"

#include "core/crypto/sha256.h"

#include <algorithm>

namespace tarn::net {

namespace {

constexpr std::array<unsigned char, 8> kMagic = {0x54, 0x61, 0x72, 0x6e, 0x0d, 0x0a, 0x1a, 0x00};
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kModeAt = 9;
constexpr std::size_t kTicketAt = 10;
constexpr std::byte kVersion{1};

} // namespace

std::array<std::byte, kPreambleSize> formatPreamble(const Preamble& preamble)
{
    std::array<std::byte, kPreambleSize> bytes{};
    std::transform(kMagic.begin(), kMagic.end(), bytes.begin(),
                   [](unsigned char value) { return static_cast<std::byte>(value); });
    bytes[kVersionAt] = kVersion;
    bytes[kModeAt] = static_cast<std::byte>(preamble.mode);
    const ByteView ticket = preamble.ticket.view();
    std::copy(ticket.begin(), ticket.end(), bytes.begin() + kTicketAt);
    return bytes;
}

Result<Preamble> parsePreamble(ByteView bytes)
{
    if (bytes.size() != kPreambleSize) return Error(ErrorCode::InvalidInput, "preamble length");
    const bool magic =
        std::equal(kMagic.begin(), kMagic.end(), bytes.begin(), [](unsigned char a, std::byte b) {
            return a == std::to_integer<unsigned char>(b);
        });
    if (!magic) return Error(ErrorCode::InvalidInput, "neither TLS nor a preamble");
    if (bytes[kVersionAt] != kVersion) return Error(ErrorCode::Unsupported, "preamble version");
    const auto mode = std::to_integer<std::uint8_t>(bytes[kModeAt]);
    if (mode < 1 || mode > 3) return Error(ErrorCode::Unsupported, "preamble mode");
    Preamble preamble;
    preamble.mode = static_cast<PreambleMode>(mode);
    TARN_TRY(preamble.ticket, Ticket::from(bytes.subspan(kTicketAt)));
    return preamble;
}

TicketRegistry::TicketRegistry(Clock& clock, Random& random, std::size_t capacity)
    : m_clock(clock), m_random(random), m_capacity(capacity)
{
}

void TicketRegistry::dropExpired()
{
    const TimePoint now = m_clock.now();
    std::erase_if(m_meetings, [&](const auto& entry) { return entry.second.expires <= now; });
}

Result<Ticket> TicketRegistry::expect(PreambleMode mode, Duration lifetime, Taker taker)
{
    if (m_meetings.size() >= m_capacity) dropExpired();
    if (m_meetings.size() >= m_capacity)
        return Error(ErrorCode::NoSpace, "too many meetings are open");
    Ticket ticket;
    m_random.fill(ticket.mutableView());
    m_meetings[crypto::sha256(ticket.view())] =
        Meeting{mode, m_clock.now() + lifetime, std::move(taker)};
    return ticket;
}

void TicketRegistry::forget(const Ticket& ticket)
{
    m_meetings.erase(crypto::sha256(ticket.view()));
}

Result<TicketRegistry::Taker> TicketRegistry::redeem(const Preamble& preamble)
{
    const auto found = m_meetings.find(crypto::sha256(preamble.ticket.view()));
    if (found == m_meetings.end() || found->second.mode != preamble.mode)
        return Error(ErrorCode::NotFound, "no such meeting");
    Meeting meeting = std::move(found->second);
    m_meetings.erase(found);
    if (meeting.expires <= m_clock.now()) return Error(ErrorCode::NotFound, "the meeting is over");
    return std::move(meeting.taker);
}

} // namespace tarn::net
