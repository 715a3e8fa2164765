// account_report: what a node tells a member of its account there, when the member asks for it:
// GET /peer/v1/account with the proof of core/net/peer_proof.h. Pure, any thread.
// Source: core/doc/protocol/peers.md.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::node {

inline constexpr std::string_view kAccountPath = "/peer/v1/account";
inline constexpr std::size_t kMaxAccountBytes = 4096; ///< of an answer

struct AccountReport
{
    std::uint64_t used = 0;             ///< bytes of the member's shares
    std::uint64_t shares = 0;           ///< how many
    std::optional<std::uint64_t> limit; ///< bytes
    bool mayRead = true;
    bool mayWrite = true;
    bool keepShares = true;
    /// What who answers was told last that it uses at who asks; absent: it has not been told.
    std::optional<std::uint64_t> yours;
    /// Whether who answers can connect to who asks; absent: it does not know.
    std::optional<bool> reached;
    friend bool operator==(const AccountReport&, const AccountReport&) = default;
};

/// JSON.
std::string encodeReport(const AccountReport& report);
/// \return PeerMisbehaved: no such JSON, or above its bound.
Result<AccountReport> decodeReport(std::string_view text);

} // namespace tarn::node
