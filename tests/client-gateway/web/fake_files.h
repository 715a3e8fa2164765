// fake_files: a grid that keeps files in memory, fails when told to, and can be made to wait.
#pragma once

#include "client-gateway/dirs/directories.h"
#include "client-gateway/web/file_service.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_immutable_files.h"
#include "tests/support/fake_mutable_files.h"
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
    std::optional<gateway::web::OwnDisk> own; ///< what ownDisk() answers
    std::map<StorageIndex, gateway::Holders> holdersOf;
    FakeMutableFiles mutables;
    FakeImmutableFiles immutables;                             ///< of the directories
    gateway::DirectoryService* directoriesOf = &m_directories; ///< what directories() answers
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
    gateway::MutableService& mutableFiles() override { return mutables; }
    gateway::DirectoryService& directories() override { return *directoriesOf; }
    gateway::ImmutableFiles& immutableFiles() override { return immutables; }
    std::vector<gateway::web::ServerView> servers() const override { return views; }
    gateway::EncodingParameters encoding() const override { return {}; }
    asio::awaitable<std::optional<gateway::web::OwnDisk>> ownDisk() override { co_return own; }
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
    gateway::Directories m_directories{{m_clock, *m_disk, mutables, immutables}};
    SeededRandom m_random{5};
};

} // namespace tarn::test
