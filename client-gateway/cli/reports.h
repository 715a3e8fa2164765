// reports: what a person or a script reads of the gateway's answers. Pure.
#pragma once

#include "client-gateway/cli/copy/copy_tree.h"
#include "client-gateway/cli/options.h"
#include "core/base/error.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::cli {

/// \param json  what POST ?t=check&output=JSON answers.  \return several lines.
///         PeerMisbehaved: it is not that.
Result<std::string> checkReport(std::string_view json);

/// The same JSON on one line. \return PeerMisbehaved: it is none.
Result<std::string> onOneLine(std::string_view json);

/// \param json  what GET /?t=json answers.  \return PeerMisbehaved: it is not that.
Result<std::string> statusText(std::string_view json, std::string_view gateway);
/// \param json  what GET /status?t=json answers.
/// \param all   also operations on mutable files, not only uploads and downloads.
Result<std::string> operationsText(std::string_view json, bool all);
/// How far a gateway is with the one upload of `size` bytes that runs, 0 to 1.
/// \param json  what GET /status?t=json answers.
/// \return nothing: there is none, or more than one, or it is not such JSON.
std::optional<double> uploadShare(std::string_view json, std::uint64_t size);
/// \param json  what GET /statistics?t=json answers: what has been stored and read.
Result<std::string> totalsText(std::string_view json);

/// {"cap": ...}
std::string capJson(std::string_view cap);
/// {"alias": ..., "cap": ...}
std::string aliasJson(std::string_view name, std::string_view cap);
struct AliasLine
{
    std::string name;
    std::string readWrite;
    std::string readOnly;
};
/// {NAME: {"readwrite": ..., "readonly": ...}}
std::string aliasesJson(const std::vector<AliasLine>& aliases);
/// {"cap": ..., "size": ...}
std::string storedJson(std::string_view cap, std::uint64_t size);
/// {"file": ..., "size": ...}
std::string fetchedJson(std::string_view file, std::uint64_t size);

/// {"files": ..., ..., "errors": [{"what": ..., "error": ...}]}
std::string copyJson(const CopyReport& report);

/// Of a node that was made.
struct SetupReport
{
    std::string role;      ///< "gateway", "storage" or "introducer"
    std::string directory; ///< its state, with ROLE.toml
    std::vector<std::string> notes;
};
/// What was made, the notes, and how it is started.
std::string setupText(const SetupReport& report);
std::string setupJson(const SetupReport& report);

/// The gateway's reason and what to do about it; as JSON, the gateway's own with "status".
std::string refusalText(unsigned status, std::string_view body, bool json);
/// An answer that is no success, as an error: "the gateway answered 410: ...".
Error refusal(unsigned status, std::string_view body);
/// Of wrong usage. \param stop  not a help text.
std::string mistakeText(const Stop& stop);
/// "tarn: ..." or {"error": ..., "code": ...}
std::string errorText(const Error& error, bool json);

} // namespace tarn::gateway::cli
