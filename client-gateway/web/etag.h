// etag: answers whose bytes never change, and clients that have them already.
// Source: spec 08 section 3.
#pragma once

#include "client-gateway/web/call.h"
#include "client-gateway/web/cap_info.h"

namespace tarn::gateway::web {

/// "SI-t", of a directory "DIR:SI-t"; empty where bytes may change, and for literal ones.
std::string etagOf(const CapInfo& cap, std::string_view operation);
/// If-None-Match names the tag.
bool clientHasIt(const Call& call, std::string_view etag);
/// Answers 304.
asio::awaitable<Result<void>> notModified(Call& call, std::string etag);

} // namespace tarn::gateway::web
