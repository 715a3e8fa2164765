// handlers: one per kind of request. Each answers through the call's exchange, or returns the
// error that is to be answered; after the beginning of an answer an error cuts the connection.
#pragma once

#include "client-gateway/web/call.h"
#include "client-gateway/web/cap_info.h"

namespace tarn::gateway::web {

/// PUT and POST /uri: unlinked uploads.
asio::awaitable<Result<void>> servePut(Call& call);
asio::awaitable<Result<void>> servePost(Call& call);
/// GET /uri?uri=CAP: on to /uri/CAP.
asio::awaitable<Result<void>> serveRedirect(Call& call);

/// Any method on /uri/CAP[/name] and /file/CAP[/name].
asio::awaitable<Result<void>> serveObject(Call& call);
/// The contents of a CHK or LIT file. \param fileName  may be empty.
asio::awaitable<Result<void>> serveContents(Call& call, const CapInfo& cap,
                                            const std::string& fileName);
/// POST ?t=check on a file or its verify capability.
asio::awaitable<Result<void>> serveCheck(Call& call, const CapInfo& cap);

/// /operations/HANDLE: how a deep operation stands.
asio::awaitable<Result<void>> serveOperation(Call& call);
/// POST /holders: which servers have shares of some storage indexes.
asio::awaitable<Result<void>> serveHolders(Call& call);
/// /status and its pages, any method.
asio::awaitable<Result<void>> serveStatus(Call& call);
/// /storage, /report_incident, /private: what a node of Tahoe-LAFS has there.
asio::awaitable<Result<void>> serveNode(Call& call);
/// /, /statistics and /helper_status, any method.
asio::awaitable<Result<void>> serveRoot(Call& call);

} // namespace tarn::gateway::web
