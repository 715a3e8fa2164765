// account_request: what the operator asks of a running server about accounts, taken from an HTTP
// request on STATE/admin.sock. Pure. Which requests there are: account_service.h.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/ed25519.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::storage {

struct AccountRequest
{
    enum class Kind { List, Show, Add, Limit, Allow, Deny, Rotate, Revoke };

    Kind kind = Kind::List;
    std::string name;                            ///< as it was given; none of List's
    std::optional<crypto::Ed25519PublicKey> key; ///< of Add: the node that may ask for the NURL
    std::optional<std::uint64_t> limit;          ///< of Add and Limit: bytes; none: no limit
    bool read = false; ///< of Allow and Deny: which switches; at least one
    bool write = false;
    bool keep = false;
    friend bool operator==(const AccountRequest&, const AccountRequest&) = default;
};

/// \param path  of the request, without its query.  \param body  empty, or a JSON object.
/// \return InvalidInput: the body is not what the request takes.  NotFound: no such request.
///         Unsupported: it takes POST.
Result<AccountRequest> parseAccountRequest(std::string_view method, std::string_view path,
                                           ByteView body);

} // namespace tarn::storage
