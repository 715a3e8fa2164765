// call: one request on its way through the web API.
#pragma once

#include "client-gateway/upload/upload.h"
#include "client-gateway/web/arguments.h"
#include "client-gateway/web/counters.h"
#include "client-gateway/web/cpu_monitor.h"
#include "client-gateway/web/file_service.h"
#include "client-gateway/web/operations.h"
#include "client-gateway/web/reply.h"
#include "client-gateway/web/route.h"
#include "core/net/http_server.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::gateway::web {

class LogStreams;
class StaticFiles;

/// Lives as long as the request; engine thread.
struct Call
{
    Call(net::ServerExchange& theExchange, FileService& theFiles, Operations& theOperations,
         const CpuMonitor& theCpu)
        : exchange(theExchange), files(theFiles), counters(theFiles.history().counters),
          operations(theOperations), cpu(theCpu)
    {
    }

    net::ServerExchange& exchange;
    FileService& files;
    Counters& counters;
    Operations& operations;
    const CpuMonitor& cpu;
    ByteView apiToken;                    ///< of private/api_auth_token
    Clock* clock = nullptr;               ///< never null in a handler
    const StaticFiles* statics = nullptr; ///< null: there are none
    LogStreams* logStreams = nullptr;     ///< never null in a handler
    Route route;
    Arguments arguments;
    UploadStatus upload;                 ///< of the upload of this request, if it makes one
    Duration uptime{};                   ///< of the gateway
    std::optional<unsigned> errorStatus; ///< set by refuse(); else statusOf() decides

    const std::string& method() const { return exchange.head().method; }
    bool isHead() const { return method() == "HEAD"; }
    /// For /statistics.
    NodeStats stats() const;
    /// The operation asked for: t=.
    std::string_view operation() const { return arguments.trimmed("t"); }
    /// True when errors and results shall be JSON: output=json, or an Accept that names it.
    bool wantsJson() const;
    /// True for a browser: its Accept names text/html.
    bool wantsPage() const;
    /// The next bytes of the body; 0 at its end. \return InvalidInput: it is badly chunked.
    asio::awaitable<Result<std::size_t>> readBody(MutableByteView into);
    /// The error to return from the handler; the client gets `status`.
    Error refuse(unsigned status, std::string text);
    /// The same for a method that is not possible here: 501, and 405 of GET, HEAD and POST, which
    /// Tahoe-LAFS takes for known.
    Error refuseMethod(std::string text);
};

/// An immutable file from `source`; counted, and recorded for /status.
asio::awaitable<Result<UploadResult>> uploadFile(Call& call, UploadSource& source);

/// What a handler's error looks like to the client.
Reply errorReply(const Call& call, const Error& error);

} // namespace tarn::gateway::web
