#include "client-gateway/cli/copy/copy_target.h"

namespace tarn::gateway::cli {

namespace {

asio::awaitable<void> copyOne(CopyTarget& target, CopyTree& tree, CopyRun& run, CopyFile& file)
{
    const CopyDirectory& directory = tree.directories[file.directory];
    if (directory.failed) co_return; // told already
    const Result<std::string> done = co_await target.store(directory, file);
    if (done) {
        run.tell(*done + " " + file.source.label);
    } else {
        file.link = {};
        run.report.fail(file.source.label, done.error());
    }
    run.progress.fileDone();
}

} // namespace

void copyTree(CopyTarget& target, CopyTree& tree, CopyRun& run)
{
    target.prepare(tree);
    const BlockingGateway::Job job = [&](std::size_t i) {
        return copyOne(target, tree, run, tree.files[i]);
    };
    run.web->runEach(tree.files.size(), job);
    target.finish(tree);
}

} // namespace tarn::gateway::cli
