// node_info: what GET ?t=json tells of an object and of a directory's children. Pure.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::gateway::cli {

struct NodeInfo
{
    enum class Kind { File, Directory, Unknown };
    Kind kind = Kind::Unknown;
    std::string writeCap; ///< empty: none
    std::string readCap;  ///< empty: none
    bool isMutable = false;
    std::optional<std::uint64_t> size;    ///< bytes
    std::optional<double> linkCreated;    ///< seconds since 1970; also a legacy ctime
    std::optional<double> contentChanged; ///< seconds since 1970: the mtime of its metadata

    const std::string& bestCap() const { return writeCap.empty() ? readCap : writeCap; }
};

using Children = std::map<std::string, NodeInfo>;

struct Description
{
    NodeInfo self;
    Children children; ///< of a directory
};

/// \return PeerMisbehaved: not that JSON.
Result<Description> readDescription(std::string_view json);

} // namespace tarn::gateway::cli
