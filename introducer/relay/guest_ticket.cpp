#include "introducer/relay/guest_ticket.h"

#include <algorithm>
#include <string>

namespace tarn::relay {

namespace {

constexpr std::string_view kContext{"tarn guest ticket v1\0", 21};
constexpr std::byte kVersion{1};
constexpr std::size_t kHead = 9;

Bytes signedBytes(const crypto::Ed25519PublicKey& relay, ByteView head)
{
    Bytes out = toBytes(kContext);
    append(out, relay.view());
    append(out, head);
    return out;
}

Error refused(const char* why)
{
    return Error(ErrorCode::Unauthorized, std::string("guest ticket: ") + why);
}

} // namespace

Bytes signGuestTicket(const crypto::Ed25519Key& target, const crypto::Ed25519PublicKey& relay,
                      std::int64_t expires)
{
    Bytes out;
    out.push_back(kVersion);
    for (unsigned shift = 56;; shift -= 8) {
        out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(expires) >> shift));
        if (shift == 0) break;
    }
    append(out, target.sign(signedBytes(relay, out)).view());
    return out;
}

Result<void> checkGuestTicket(ByteView ticket, const crypto::Ed25519PublicKey& target,
                              const crypto::Ed25519PublicKey& relay, WallTime now)
{
    if (ticket.size() != kGuestTicketSize || ticket[0] != kVersion) return refused("another form");
    std::uint64_t expires = 0;
    for (std::size_t i = 1; i < kHead; ++i)
        expires = expires << 8U | std::to_integer<std::uint64_t>(ticket[i]);
    const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(unixSeconds(now), 0));
    constexpr auto kLongest = std::chrono::duration_cast<std::chrono::seconds>(kLongestGuestTicket);
    if (expires <= seconds) return refused("it has expired");
    if (expires - seconds > static_cast<std::uint64_t>(kLongest.count()))
        return refused("good for too long");
    const auto signature = crypto::Ed25519Signature::from(ticket.subspan(kHead));
    if (!signature ||
        !crypto::verifyEd25519(target, signedBytes(relay, ticket.first(kHead)), *signature))
        return refused("not signed by whom it leads to, or for another relay");
    return ok();
}

} // namespace tarn::relay
