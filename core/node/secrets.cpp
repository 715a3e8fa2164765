#include "core/node/secrets.h"

#include "core/codec/base32.h"
#include "core/codec/base64.h"

namespace tarn::node {

namespace {

constexpr std::size_t kSecretBytes = 32;

Result<Secret> decoded(const StateDir& dir, std::string_view name, Random& random)
{
    TARN_TRY(const Secret text, dir.readOrMakePrivateBase32(name, kSecretBytes, random));
    const Result<Bytes> bytes = codec::decodeBase32Lax(asText(text.view()));
    if (!bytes || bytes->empty()) {
        return Error(ErrorCode::InvalidInput, dir.pathOf("private/" + std::string(name)) +
                                                  ": expected base32 (letters a-z, digits 2-7)");
    }
    return Secret(*bytes);
}

} // namespace

Result<Secret> readOrMakeLeaseSecret(const StateDir& dir, Random& random)
{
    TARN_TRY(Secret secret, decoded(dir, "secret", random));
    if (secret.size() == kSecretBytes) return secret;
    return Error(ErrorCode::InvalidInput, dir.pathOf("private/secret") +
                                              ": expected 32 bytes, got " +
                                              std::to_string(secret.size()));
}

Result<Secret> readOrMakeConvergence(const StateDir& dir, Random& random)
{
    return decoded(dir, "convergence", random);
}

Result<Secret> makeApiToken(const StateDir& dir, Random& random)
{
    Secret token(codec::encodeBase64UrlPadded(random.bytes(kSecretBytes)));
    TARN_TRY_VOID(dir.writePrivateText("api_auth_token", asText(token.view())));
    return token;
}

} // namespace tarn::node
