// account_command: an operator's command about accounts, carried to the running server through
// STATE/admin.sock (account_service.h), and its answer as text. Blocking.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::storage {

struct AccountCommand
{
    enum class Kind { Add, List, Show, Limit, Allow, Deny, Rotate, Revoke };
    Kind kind = Kind::List;
    std::string name;
    std::optional<std::string> key;     ///< Add: a node's id
    std::optional<std::uint64_t> limit; ///< Add, Limit: bytes; none: no limit
    std::vector<std::string> switches;  ///< Allow, Deny: "read", "write", "keep"; none: all three
    bool json = false;                  ///< List, Show: the answer as the server gave it
};

/// What to print: the NURLs after Add and Rotate, a table or an account after the others.
/// \return PeerUnreachable: the server does not run.  InvalidInput, NotFound, Conflict: it says so.
Result<std::string> runAccountCommandBlocking(const std::string& stateFolder,
                                              const AccountCommand& command);

} // namespace tarn::storage
