// gbs_headers: the headers that carry credentials and negotiate types. Pure, any thread.
// Source: spec of the HTTP storage protocol, section 3.
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/storage_api/share_store.h"
#include "core/wire/http_routes.h"
#include "core/wire/storage_messages.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::wire {

inline constexpr std::string_view kAuthorizationHeader = "Authorization";
inline constexpr std::string_view kSecretHeader = "X-Tahoe-Authorization";

/// "Tahoe-LAFS " and the swissnum's text in base64: the whole value of Authorization.
Secret authorizationFor(ByteView swissnum);

enum class SecretKind { LeaseRenew, LeaseCancel, Upload, WriteEnabler };

/// The kinds that a request of this operation carries, all of them and no other.
std::span<const SecretKind> requiredSecrets(Operation operation);

/// What a request carries; empty where its operation needs none.
struct RequestSecrets
{
    storage_api::LeaseSecrets leases;
    Secret upload;
    Secret writeEnabler;
};

/// The values of the X-Tahoe-Authorization headers of a request.
/// \return InvalidInput for a 400: an unknown kind, bad base64, an empty secret, a lease secret
///         that is not 32 bytes, or not exactly the required kinds. The text repeats no secret.
Result<RequestSecrets> parseSecrets(std::span<const std::string_view> values,
                                    std::span<const SecretKind> required);

/// "upload-secret <base64>": one header value.
std::string secretHeader(SecretKind kind, ByteView secret);

/// True when a CBOR answer suits: no Accept, or its best entry is application/cbor, literally.
bool acceptsCbor(std::optional<std::string_view> accept);

/// True when the body counts as CBOR: no Content-Type, or application/cbor with any parameters.
bool isCborContent(std::optional<std::string_view> contentType);

} // namespace tarn::wire
