#include "client-gateway/cli/copy/copy_target.h"

namespace tarn::gateway::cli {

namespace {

constexpr unsigned kMostUnreachable = 8;

/// As BlockingGateway::Attempt.
asio::awaitable<bool> copyOne(CopyTarget& target, CopyTree& tree, CopyRun& run, CopyFile& file,
                              bool last)
{
    const CopyDirectory& directory = tree.directories[file.directory];
    if (directory.failed) co_return true; // told already
    if (run.unreachable >= kMostUnreachable) {
        ++run.untried;
        co_return true;
    }
    const Result<std::string> done = co_await target.store(directory, file);
    const bool lost = !done && done.error().code() == ErrorCode::PeerUnreachable;
    run.unreachable = lost ? run.unreachable + 1 : 0;
    if (!done && !last && done.error().code() == ErrorCode::IoFailure) co_return false;
    if (done) {
        run.tell(*done + " " + file.source.label);
    } else {
        file.link = {};
        run.report.fail(file.source.label, done.error());
    }
    run.progress.fileDone();
    co_return true;
}

} // namespace

void copyTree(CopyTarget& target, CopyTree& tree, CopyRun& run)
{
    target.prepare(tree);
    std::vector<std::uint64_t> sizes;
    for (const CopyFile& file : tree.files)
        sizes.push_back(file.source.size);
    const BlockingGateway::Attempt attempt = [&](std::size_t i, bool last) {
        return copyOne(target, tree, run, tree.files[i], last);
    };
    run.web->runEachTransfer(sizes, attempt);
    if (run.untried > 0) {
        const Error lost(ErrorCode::PeerUnreachable, "not tried, for the gateway is gone");
        run.report.fail(std::to_string(run.untried) + " files", lost);
    }
    target.finish(tree);
}

} // namespace tarn::gateway::cli
