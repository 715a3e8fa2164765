// fake_files: a grid that keeps files in memory, fails when told to, and can be made to wait.
#pragma once

#include "client-gateway/web/file_service.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <optional>

namespace tarn::test {

class FakeFiles final : public gateway::web::FileService
{
public:
    /// Stored under the capability that the next upload answers with.
    std::map<std::string, Bytes> files;
    std::string nextCap = "URI:LIT:nbswy3dp";
    std::function<std::string(ByteView)> capOf; ///< where set, of an upload's contents
    std::optional<Error> uploadError;
    std::optional<gateway::HappinessReport> happiness;
    std::optional<Error> readError;     ///< before the first byte
    std::optional<Error> lateReadError; ///< after the first piece
    gateway::CheckResult checkResult;
    gateway::RepairResult repairResult;
    std::vector<gateway::web::ServerView> views;
    std::map<StorageIndex, gateway::Holders> holdersOf;
    gateway::MutableService* mutableFilesOf = nullptr; ///< what mutableFiles() answers
    gateway::DirectoryService* directoriesOf = nullptr;
    gateway::ImmutableFiles* immutableFilesOf = nullptr;
    bool blockReads = false; ///< after the first piece, until cancelled
    std::size_t pieceBytes = 7;

    // What was asked.
    std::string checkedCap;
    gateway::CheckOptions checkOptions;
    bool repaired = false;
    std::vector<storage_api::ShareKind> holdersAsked;
    std::vector<storage_api::ByteRange> reads;
    int cancelledReads = 0;

    asio::awaitable<Result<gateway::UploadResult>> upload(gateway::UploadSource& source,
                                                          gateway::UploadStatus& status) override;
    Result<std::shared_ptr<gateway::Download>> open(std::string_view readCap) override;
    asio::awaitable<Result<gateway::CheckResult>> check(std::string cap,
                                                        gateway::CheckOptions options) override;
    asio::awaitable<Result<gateway::RepairResult>>
    checkAndRepair(std::string cap, gateway::CheckOptions options) override;
    asio::awaitable<Result<gateway::Holders>> holders(storage_api::ShareKind kind,
                                                      StorageIndex index) override;
    gateway::MutableService* mutableFiles() override { return mutableFilesOf; }
    gateway::DirectoryService* directories() override { return directoriesOf; }
    gateway::ImmutableFiles* immutableFiles() override { return immutableFilesOf; }
    std::vector<gateway::web::ServerView> servers() const override { return views; }
    gateway::EncodingParameters encoding() const override { return {}; }
    std::string freshHandle() override { return "fresh"; }
    std::unique_ptr<gateway::Spool> spool() override
    {
        return std::make_unique<gateway::Spool>(m_budget, *m_disk, m_random);
    }
    gateway::web::History& history() override { return m_history; }

private:
    FakeClock m_clock;
    gateway::web::History m_history{m_clock};
    gateway::SpoolBudget m_budget{gateway::SpoolLimits{{}, std::uint64_t{64} << 20U, 0}};
    std::unique_ptr<WorkPool> m_disk = makeInlinePool();
    SeededRandom m_random{5};
};

} // namespace tarn::test
