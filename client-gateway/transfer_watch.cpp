#include "client-gateway/transfer_watch.h"

namespace tarn::gateway {

namespace {

class Unwatched final : public TransferRecord
{
public:
    void moved(std::uint64_t /*plaintextBytes*/) override {}
    void encoded(std::uint32_t /*needed*/, std::uint32_t /*total*/) override {}
    void took(std::string /*what*/, Duration /*time*/) override {}
    void tell(std::string /*serverId*/, std::string /*text*/) override {}
    void take(const DownloadStatus& /*status*/) override {}
    void succeed() override {}
    void fail(const Error& /*why*/) override {}
};

} // namespace

std::unique_ptr<TransferRecord> beginTransfer(TransferWatcher* watcher, TransferStart start)
{
    if (watcher) return watcher->begin(std::move(start));
    return std::make_unique<Unwatched>();
}

} // namespace tarn::gateway
