// fake_immutable_files: immutable files in memory, named by their contents.
#pragma once

#include "client-gateway/dirs/immutable_files.h"

#include <map>
#include <set>

namespace tarn::test {

class FakeImmutableFiles final : public gateway::ImmutableFiles
{
public:
    /// By read capability; LIT ones are not stored.
    std::map<std::string, Bytes, std::less<>> files;
    /// Read capabilities of files that answer NotEnoughShares.
    std::set<std::string, std::less<>> lost;
    gateway::CheckResult health;
    unsigned uploads = 0;
    unsigned checks = 0;
    unsigned repairs = 0;

    /// Stores contents without asking anybody. \return the read capability.
    std::string add(ByteView data);

    asio::awaitable<Result<std::string>> upload(gateway::UploadSource& source) override;
    Result<std::shared_ptr<gateway::Download>> open(std::string_view readCap) override;
    asio::awaitable<Result<gateway::CheckResult>> check(std::string cap,
                                                        gateway::CheckOptions options) override;
    asio::awaitable<Result<gateway::RepairResult>>
    checkAndRepair(std::string cap, gateway::CheckOptions options) override;
};

} // namespace tarn::test
