// checker: the health of one immutable file. Source: spec 03 section 6; immutable/checker.py.
#pragma once

#include "client-gateway/check/check_result.h"
#include "client-gateway/download/file_download.h"
#include "core/cap/file_cap.h"
#include "core/crypto/key_derivation.h"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace tarn::gateway {

struct CheckParts
{
    DownloadParts download;
    const crypto::LeaseSecrets& clientLeases;
    Duration queryDeadline;
};

/// Asks every server. With verify, every byte of every share is read and checked, and corrupt
/// shares are reported to their servers.
/// \return InvalidInput: the capability's numbers are impossible.
asio::awaitable<Result<CheckResult>> checkFile(CheckParts parts, cap::ImmutableVerifyCap cap,
                                               CheckOptions options,
                                               std::vector<ServerPtr> servers);

/// Counts and words from the share map: everything but the lists and serversResponding.
void summarize(CheckResult& result, const cap::ImmutableVerifyCap& cap);

} // namespace tarn::gateway
