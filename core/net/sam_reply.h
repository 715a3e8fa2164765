// sam_reply: what an I2P router says on its SAM port, and the keys it hands out. Pure, any thread.
// Source: geti2p.net/spec/sam (3.1) and geti2p.net/spec/common-structures (Destination).
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::net {

struct SamReply
{
    std::string topic; ///< the first two words: "STREAM STATUS"
    std::vector<std::pair<std::string, std::string>> values;

    /// Empty where there is none of that key.
    std::string_view value(std::string_view key) const;
    bool good() const { return value("RESULT") == "OK"; }
};

/// \return PeerMisbehaved: not two words and KEY=VALUE behind them, or a key twice.
Result<SamReply> parseSamReply(std::string_view line);

/// "52 characters.b32.i2p" of a destination, alone or with its private keys behind it, in I2P's
/// base64 ("-" and "~"). \return InvalidInput: not base64, or shorter than it says.
Result<std::string> i2pNameOf(std::string_view destination);

} // namespace tarn::net
