// grants_file: the credentials that servers gave this gateway, as they are kept between two starts.
// Pure, any thread.
//
//   v0-SERVER SPKIHASH SWISSNUM        a line each; the hash as in NURLs
#pragma once

#include "core/base/secret.h"
#include "core/wire/nurl.h"

#include <map>
#include <string>
#include <string_view>

namespace tarn::gateway {

struct Grant
{
    wire::SpkiHash key; ///< of the server; with another one it is another server
    Secret swissnum;    ///< as it stands in NURLs
};

using Grants = std::map<std::string, Grant>; ///< by server id

/// \return InvalidInput: not such lines; says which one, without repeating it.
Result<Grants> parseGrants(std::string_view text);
/// Ids without white space, swissnums that a NURL can hold.
Secret grantsText(const Grants& grants);

/// Whether a NURL can hold it.
bool isSwissnum(std::string_view text);

} // namespace tarn::gateway
