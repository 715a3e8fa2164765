// admission_desk: who may keep a link with a relay that is no member of any grid, and who may meet
// whom there: those with its token each other, members of a grid that it allows each other. A
// membership is its certificate and its chain to the grid's founder, checked here without asking
// anybody: who was revoked gets in until the last certificate expires, 14 days at most. Engine
// thread. Source: core/doc/protocol/relay.md.
#pragma once

#include "core/base/secret.h"
#include "core/membership/grid_id.h"
#include "core/net/http_server.h"
#include "core/net/peer_key.h"
#include "core/net/relay_messages.h"

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace tarn::relay {

using crypto::Ed25519PublicKey;

inline constexpr std::size_t kLeastToken = 16; ///< characters
inline constexpr std::size_t kMostTokens = 64;

/// One per line; lines that begin with # and empty ones do not count.
/// \return InvalidInput: a line that is too short, or too many.
Result<std::vector<Secret>> parseTokens(std::string_view text);

class AdmissionDesk
{
public:
    struct Admitted
    {
        Ed25519PublicKey key;
        std::optional<membership::GridId> grid; ///< none: by a token
        WallTime until = WallTime::max();
    };

    explicit AdmissionDesk(Clock& clock) : m_clock(clock) {}

    void configure(std::vector<Secret> tokens, std::vector<membership::GridId> grids);
    /// Who sent this request, by its proof and its pass. \return Unauthorized.
    Result<Admitted> admit(const net::ServerExchange& exchange);
    /// The same without the connection: `pass` is what Tarn-Pass says.
    Result<Admitted> check(const Ed25519PublicKey& key, std::string_view pass);

    /// Who keeps a link.
    void note(const Admitted& who);
    /// It is still let in.
    bool holds(const Ed25519PublicKey& key) const;
    /// \return Unauthorized: of another grid, or not here.
    Result<void> mayMeet(const Admitted& who, const net::PeerKey& target) const;
    /// Those who keep no link any more are forgotten.
    void forget(const Ed25519PublicKey& key);

private:
    Result<Admitted> checkMember(const Ed25519PublicKey& key, ByteView certificate);

    Clock& m_clock;
    std::vector<Secret> m_tokens;
    std::vector<membership::GridId> m_grids;
    std::map<net::PeerKey, Admitted> m_linked;
    /// Certificates that were good, by the hash of their bytes.
    std::map<Hash256, Admitted> m_known;
};

} // namespace tarn::relay
