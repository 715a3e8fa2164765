#include "core/grid_manager/upload_permit.h"

#include "core/grid_manager/iso_time.h"

#include <algorithm>

namespace tarn::grid_manager {

UploadPermit UploadPermit::refused(std::string why)
{
    UploadPermit out;
    out.m_limited = true;
    out.m_why = std::move(why);
    return out;
}

UploadPermit UploadPermit::judge(std::span<const crypto::Ed25519PublicKey> gridManagers,
                                 std::span<const SignedCertificate> certificates,
                                 std::string_view serverId)
{
    UploadPermit out;
    if (gridManagers.empty()) return out;
    out.m_limited = true;
    out.m_why = certificates.empty() ? "no grid manager certificate"
                                     : "no certificate is signed by a configured grid manager";
    const std::string expected = "pub-" + std::string(serverId);
    for (const SignedCertificate& certificate : certificates) {
        const bool isSigned = std::any_of(
            gridManagers.begin(), gridManagers.end(),
            [&](const crypto::Ed25519PublicKey& key) { return isSignedBy(key, certificate); });
        if (!isSigned) continue;
        const Result<CertificateContent> content = readContent(certificate.certificate);
        if (!content)
            out.m_why = content.error().message();
        else if (content->publicKey != expected)
            out.m_why = "the grid manager certificate is about another server";
        else if (!out.m_until || *out.m_until < content->expires)
            out.m_until = content->expires;
    }
    return out;
}

std::string UploadPermit::refusal(WallTime now) const
{
    if (holds(now)) return {};
    if (m_until) return "the grid manager certificate expired " + isoTime(*m_until, ' ');
    return m_why;
}

} // namespace tarn::grid_manager
