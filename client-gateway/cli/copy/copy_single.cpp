#include "client-gateway/cli/copy/copy_single.h"

namespace tarn::gateway::cli {

namespace {

asio::awaitable<Result<void>> toLocal(const CopySource& source, const std::string& path,
                                      CopyRun& run)
{
    if (source.isLocal()) co_return copyLocally(source, path, run.progress);
    if (run.capsOnly) co_return writeTextTo(path, source.node.readCap);
    const std::unique_ptr<GatewayClient> client = run.web->newClient();
    const std::optional<ContentMark> overwritten;
    TARN_CO_TRY_VOID(
        co_await downloadTo(*client, source, path, run.progress, Durability::Synced, overwritten));
    co_return ok();
}

asio::awaitable<Result<void>> toGrid(const CopySource& source, const Place& to, CopyRun& run)
{
    const std::unique_ptr<GatewayClient> client = run.web->newClient();
    const std::unique_ptr<GatewayClient> from = run.web->newClient();
    const bool inPlace = to.kind == Place::Kind::File && to.description.self.isMutable;
    Result<std::string> done;
    if (source.isLocal()) {
        done = co_await uploadTo(*client, source, to.remote.target(), run.progress);
    } else if (source.node.isMutable || inPlace || to.remote.path.empty()) {
        done = co_await relayTo(*client, *from, source, to.remote.target(), run.progress);
    } else {
        std::string cap = source.node.readCap;
        done = co_await requestText(*client, "PUT", to.remote.target("?t=uri"), std::move(cap));
    }
    if (!done) co_return done.error();
    co_return ok();
}

asio::awaitable<void> copyIt(const CopySource& source, const Place& to, CopyRun& run,
                             Result<void>& result)
{
    if (to.isLocal())
        result = co_await toLocal(source, to.path, run);
    else
        result = co_await toGrid(source, to, run);
}

} // namespace

Result<void> copySingle(const Place& from, const Place& to, CopyRun& run)
{
    const CopySource source = from.source();
    run.progress.setTotal(source.size);
    Result<void> result;
    run.web->run(copyIt(source, to, run, result));
    if (!result) return std::move(result).error().within(source.label);
    ++run.report.files;
    run.tell("copied " + source.label);
    return ok();
}

} // namespace tarn::gateway::cli
