// upload_permit: whether a storage server may be given new shares: always where no grid managers
// are configured, else while a certificate of one of them about this server has not expired; never
// where the server itself wants none.
// Pure, any thread. Source: spec 10 section 6; allmydata.grid_manager
// (create_grid_manager_verifier).
#pragma once

#include "core/grid_manager/certificate.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn::grid_manager {

class UploadPermit
{
public:
    /// Without limit.
    UploadPermit() = default;
    /// Never, for this reason.
    static UploadPermit refused(std::string why);
    /// Signatures are checked here, once; expiry at each question.
    /// \param gridManagers  empty: without limit.
    /// \param serverId      "v0-...".
    static UploadPermit judge(std::span<const crypto::Ed25519PublicKey> gridManagers,
                              std::span<const SignedCertificate> certificates,
                              std::string_view serverId);

    bool holds(WallTime now) const { return !m_limited || (m_until && *m_until > now); }
    /// Why it does not hold, for people; empty while it does.
    std::string refusal(WallTime now) const;

    friend bool operator==(const UploadPermit&, const UploadPermit&) = default;

private:
    bool m_limited = false;
    std::optional<WallTime> m_until; ///< the latest expiry of a certificate that counts
    std::string m_why;               ///< of having none
};

} // namespace tarn::grid_manager
